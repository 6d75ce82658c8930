/** The namespace `TwilioError`. */

export {
  AuthorizationErrors,
  ClientErrors,
  GeneralErrors,
  getErrorByCode,
  hasErrorByCode,
  InvalidArgumentError,
  InvalidStateError,
  MalformedRequestErrors,
  MediaErrors,
  NotSupportedError,
  SIPServerErrors,
  SignalingErrors,
  SignatureValidationErrors,
  TwilioError,
  UserMediaErrors,
} from './classes.js';
export { getPreciseSignalingErrorByCode } from './mapping.js';
