/** What ONNX Runtime says in an error, in one line, without the file and the signature of its own that it begins with. */
export function runtimeMessage(error: unknown): string {
  const [first] = String((error as Error)?.message ?? error)
    .trim()
    .split('\n');
  return first.replace(/\/onnxruntime_src\/\S+:\d+ [^()]*(?:\([^()]*\)[^\s()]*)+ /, '');
}

/** What ONNX Runtime's allocators (CPU and CUDA, cuDNN, WebGPU) and V8 say when memory runs out. */
const OUT_OF_MEMORY =
  /failed to allocate|bad_alloc|out of memory|CUDA failure 2\b|alloc_failed|max buffer size limit|array buffer allocation failed/i;

/** Whether an error of a session says that memory ran out. */
export function isOutOfMemory(error: unknown): boolean {
  return OUT_OF_MEMORY.test(String((error as Error)?.message ?? error));
}
