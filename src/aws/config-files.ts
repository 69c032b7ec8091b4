// The SDK's reader of ~/.aws/config and ~/.aws/credentials, and nothing else of its package:
// this module is loaded by import().

export { loadSharedConfigFiles } from '@smithy/core/config';
