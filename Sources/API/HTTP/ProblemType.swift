import Hummingbird

/// The kinds of problem. A raw value is the last part of the stable URI reference `/problems/<raw value>`; it
/// is never renamed.
enum ProblemType: String, CaseIterable, Sendable {
  case notFound = "not-found"
  case unknownConnection = "unknown-connection"
  case methodNotAllowed = "method-not-allowed"
  case bodyTooLarge = "body-too-large"
  case unsupportedMediaType = "unsupported-media-type"
  case invalidSignature = "invalid-signature"
  case verificationRefused = "verification-refused"
  case invalidUTF8 = "invalid-utf-8"
  case malformedJSON = "malformed-json"
  case jsonTooDeep = "json-too-deep"
  case notAnObject = "not-an-object"
  case invalidMessage = "invalid-message"
  case invalidParameter = "invalid-parameter"
  case invalidContent = "invalid-content"
  case unauthorised
  case invalidToken = "invalid-token"
  case contactErased = "contact-erased"
  case conflict
  case providerRefused = "provider-refused"
  case malformedRequest = "malformed-request"
  case malformedForm = "malformed-form"
  case originNotAllowed = "origin-not-allowed"
  case identityRequired = "identity-required"
  case invalidIdentity = "invalid-identity"
  case historyBehind = "history-behind"
  case unavailable
  case overloaded
  case `internal`

  var status: HTTPResponse.Status {
    switch self {
    case .notFound, .unknownConnection: .notFound
    case .methodNotAllowed: .methodNotAllowed
    case .bodyTooLarge: .contentTooLarge
    case .unsupportedMediaType: .unsupportedMediaType
    case .invalidSignature, .unauthorised, .invalidToken: .unauthorized
    case .verificationRefused, .originNotAllowed, .identityRequired, .invalidIdentity: .forbidden
    case .invalidUTF8, .malformedJSON, .jsonTooDeep, .notAnObject, .invalidMessage, .invalidParameter,
      .malformedRequest, .malformedForm:
      .badRequest
    case .invalidContent: .unprocessableContent
    case .contactErased: .gone
    case .conflict: .conflict
    case .providerRefused: .badGateway
    case .historyBehind, .unavailable, .overloaded: .serviceUnavailable
    case .internal: .internalServerError
    }
  }

  var title: String {
    switch self {
    case .notFound: "Nothing is found here"
    case .unknownConnection: "No such connection"
    case .methodNotAllowed: "This path does not answer to the method"
    case .bodyTooLarge: "The body is too large"
    case .unsupportedMediaType: "The body is of another media type"
    case .invalidSignature: "The signature does not fit the body"
    case .verificationRefused: "The verification token is another"
    case .invalidUTF8: "The body is not UTF-8"
    case .malformedJSON: "The body is not JSON"
    case .jsonTooDeep: "The JSON is nested too deep"
    case .notAnObject: "The JSON is not an object"
    case .invalidMessage: "The message cannot be taken"
    case .invalidParameter: "A parameter cannot be read"
    case .invalidContent: "The content breaks a rule"
    case .unauthorised: "An API key is needed"
    case .invalidToken: "The visitor's token is not valid here"
    case .contactErased: "The contact was erased"
    case .conflict: "Something else happened meanwhile"
    case .providerRefused: "The provider did not take it"
    case .malformedRequest: "The request is malformed"
    case .malformedForm: "The form is malformed"
    case .originNotAllowed: "This site may not embed the chat"
    case .identityRequired: "The company must sign for who its visitors are"
    case .invalidIdentity: "The company did not sign this"
    case .historyBehind: "The history is being rebuilt"
    case .unavailable: "A part is away"
    case .overloaded: "Too much waits"
    case .internal: "Something went wrong here"
    }
  }
}
