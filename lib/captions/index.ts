export { type Decoding, PAPER_DECODING, type TextCompleter } from './completer.js';
export { EXAMPLES_PER_PROMPT, type InContextBanks, inContextBanks } from './examples.js';
export { type GgufIdentity, identifyGguf } from './gguf.js';
export { type LlamaOptions, openLlama } from './llm.js';
export {
  type CaptionLog,
  type CaptionLogConfig,
  type CaptionLogWriter,
  type CaptionRecord,
  openCaptionLog,
  readCaptionLog,
  writeCaptionLog,
} from './log.js';
export { mergeCaptionLogs } from './mergeLogs.js';
export {
  type CaptionConcept,
  type CaptionMixture,
  type CaptionSource,
  checkedMixture,
  drawConcept,
  objectMixture,
  PUBLISHED_SOURCES,
  type PublishedSource,
  publishedMixture,
  SOURCE_SHARES,
  TEMPLATE_SHARES,
} from './mixture.js';
export { captionNames, wordsOf } from './names.js';
export { type CaptionPrompt, drawPrompt } from './prompts.js';
export { type CaptionReport, captionReport } from './report.js';
export { type CaptionSelection, selectCaptions } from './select.js';
export { type CaptionPart, type SynthesizeCaptionsOptions, synthesizeCaptions } from './synthesize.js';
export {
  bankFor,
  CAPTION_TEMPLATES,
  type CaptionKind,
  type CaptionTemplate,
  IN_CONTEXT_BANKS,
  type InContextBank,
  type InContextExample,
  layoutPrompt,
  type PromptLayout,
  RELATIONS,
} from './templates.js';
