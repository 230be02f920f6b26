export { type BackgroundListsOptions, rankBackgrounds, synthesiseBackgroundLists } from './backgroundLists.js';
export { type Decoding, PAPER_DECODING, type TextCompleter } from './completer.js';
export { hypernymOf } from './concepts/hypernyms.js';
export {
  type ConceptFile,
  conceptLines,
  conceptNames,
  imageNet21kConcepts,
  placeConcepts,
  publishedLists,
} from './concepts/publishedLists.js';
export { type DiversityCurve, diversityCurve } from './diversityCurve.js';
export { EXAMPLES_PER_PROMPT, type InContextBanks, inContextBanks } from './examples.js';
export { firstSentence } from './firstSentence.js';
export { type GgufIdentity, identifyGguf } from './gguf.js';
export { type JoinedNamesOptions, joinedNames } from './joinedNames.js';
export { type LlamaOptions, openLlama } from './llm.js';
export type { CaptionPart } from './log.js';
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
  checkBackgrounds,
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
export { NEAR_DUPLICATE, type NearDuplicateOptions, nearDuplicates } from './nearDuplicates.js';
export {
  type NextToken,
  openTokenModel,
  recordedTokenModel,
  type Sampling,
  type TokenModel,
  type TokenRecord,
} from './nextTokens.js';
export { type CaptionPrompt, drawPrompt } from './prompts.js';
export { readRealCaptions } from './realCaptions.js';
export { type CaptionMeasures, type CaptionReport, type CaptionReportOptions, captionReport } from './report.js';
export { type SafetyWords, safetyWordFinder, safetyWords } from './safety.js';
export {
  type CaptionFilter,
  type CaptionSelection,
  type SiftedCaptions,
  selectCaptions,
  siftCaptions,
} from './select.js';
export { openServer, type ServedModel, type ServerOptions } from './server.js';
export {
  CAPTION_STRATEGIES,
  type CaptionStrategy,
  captionsWithBackground,
  strategyMixture,
  type WrittenStrategy,
} from './strategies.js';
export { type SynthesiseCaptionsOptions, synthesiseCaptions } from './synthesise.js';
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
