// The door by which serverless.yml has its parameters: it can ask a file in JavaScript only.
export { values } from './parameters/stage.ts';
