/**
 * An ONNX model that also gives out what its operations of one kind make, its softmaxes say, for looking inside.
 *
 * Nothing is parsed: a message of protocol buffers goes on where another of its kind is appended, and a list in it grows. So
 * a piece that holds only names of outputs is written behind the model.
 *
 * @param model the bytes of an ONNX file whose nodes are written as `exportOnnx` does: outputs just before the operation
 * @param operation an ONNX operation, e.g. `Softmax`
 * @returns the longer model, and the names of the new outputs, in the order of the graph
 */
export function exposeOutputs(model: Uint8Array, operation: string): { model: Buffer; names: string[] } {
  const text = Buffer.from(model).toString('latin1');
  // NodeProto: output (field 2), then op_type (field 4), each with its length.
  const node = new RegExp(`\\x12[\\x01-\\x7f]([\\w./:-]+)"${String.fromCharCode(operation.length)}${operation}`, 'gs');
  const names = [...text.matchAll(node)].map((match) => match[1]);
  // ModelProto.graph (field 7), GraphProto.output (field 12), ValueInfoProto.name (field 1).
  const piece = (name: string) => {
    const n = name.length;
    return Buffer.concat([Buffer.from([0x3a, n + 4, 0x62, n + 2, 0x0a, n]), Buffer.from(name, 'latin1')]);
  };
  return { model: Buffer.concat([model, ...names.map(piece)]), names };
}
