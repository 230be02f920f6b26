export { BACKGROUNDS, type Background, backgroundNamed } from './backgrounds/index.js';
export { composeScene, type Scene, type SceneObject, type SceneSpec } from './compose.js';
export { type ConceptEntry, readConceptList } from './conceptList.js';
export { conceptsNamed, type WorldConcept, worldCategories, worldConcepts } from './concepts.js';
export { contactSheet } from './contactSheet.js';
export { type Drawing, type DrawnScenes, drawnConcepts, drawnScenes, readCutOut, readDrawings } from './drawnScenes.js';
export { FAMILIES, type Family, GENERATOR_FAMILIES, HELD_OUT_FAMILIES } from './families.js';
export {
  decodeImage,
  type FolderBatch,
  type ImageFolder,
  type ImageFolderOptions,
  openImageFolder,
} from './imageFolder.js';
export { withPlausibleBackgrounds } from './plausibleBackgrounds.js';
export { POSE_RANGES, type Pose, type PoseName, type PoseRange } from './pose.js';
export { ADE20K_COUNTS, openAde20k } from './published/ade20k.js';
export { PUBLISHED_DATA, publishedData } from './published/publishedData.js';
export type { PublishedData, PublishedSet, PublishedSplit } from './published/publishedSet.js';
export { type SceneFacts, sceneFacts, templateCaption, withArticle } from './sceneCaptions.js';
export { type SceneConfig, sceneSpec } from './sceneSpec.js';
export { generatorScenes, realScenes, type SceneBatch, type SceneOptions, type SceneSet } from './scenes.js';
export { DATA_SOURCES, type DataSource } from './sources/dataSources.js';
export { dataFolder, fetchData, hasData } from './sources/fetchData.js';
export { type Allowance, generatorAllowance, newPlacesAllowance, type RealSplit, realAllowance } from './splits.js';
export { loadSprites, type Sprite, type Sprites } from './sprites.js';
