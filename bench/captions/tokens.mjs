import { getLlama, LlamaLogLevel } from 'node-llama-cpp';

/** Mean tokens of a prompt, its first one included, and of a caption, without the newline that ends it. */
export async function countTokens(gguf, captions) {
  const llama = await getLlama({ build: 'never', gpu: false, logLevel: LlamaLogLevel.error, progressLogs: false });
  const model = await llama.loadModel({ modelPath: gguf, vocabOnly: true });
  const mean = (count) => captions.reduce((sum, record) => sum + count(record), 0) / captions.length;
  const promptTokens = mean(({ text }) => model.tokenize(text).length + 1);
  const captionTokens = mean(({ caption }) => model.tokenize(caption).length);
  await llama.dispose();
  return { promptTokens, captionTokens };
}
