/// Why a text could not be read as JSON or as a type, or a value not written as JSON.
///
/// No case is retriable: the same input fails again. Messages and paths hold keys and types, never values.
package struct JSONError: Error, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// Not a JSON text (RFC 8259), or one with a number outside of what a double holds.
    case malformed
    /// More containers nested than allowed.
    case tooDeep
    case notUTF8
    /// More bytes than `JSON.maximumBytes`, or than there is memory for.
    case tooLarge
    /// Another kind of value than the type asks for.
    case typeMismatch
    case missingKey
    /// A value of the right kind that the other side cannot hold: an integer out of range, NaN, a date's
    /// text.
    case valueNotRepresentable
    /// A type's own coding threw, see `cause`.
    case refused
    /// A container was written to after one that encloses it had moved on.
    case containerClosed
  }

  package let code: Code
  /// Where in the document, as in `$.entry[0].id`; `$` is the whole.
  package let path: String
  /// Byte offset into the text at which it stops being JSON, where that is known.
  package let offset: Int?
  package let message: String
  /// What a type's own coding threw.
  package let cause: (any Error)?

  package init(
    _ code: Code,
    path: String = "$",
    offset: Int? = nil,
    message: String,
    cause: (any Error)? = nil
  ) {
    self.code = code
    self.path = path
    self.offset = offset
    self.message = message
    self.cause = cause
  }

  package var isRetriable: Bool { false }

  package var description: String {
    let place = offset.map { " at byte \($0)" } ?? ""
    return "json \(code.rawValue) \(path)\(place): \(message)"
  }
}

extension JSONError {
  /// What a `Codable` type's own code threw, as one of ours.
  init(thrown error: any Error, at path: @autoclosure () -> String) {
    switch error {
    case let error as JSONError: self = error
    case DecodingError.dataCorrupted(let context), DecodingError.keyNotFound(_, let context),
      DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      self.init(
        .refused,
        path: JSONPath.text(context.codingPath),
        message: context.debugDescription,
        cause: error
      )
    case EncodingError.invalidValue(_, let context):
      self.init(
        .refused,
        path: JSONPath.text(context.codingPath),
        message: context.debugDescription,
        cause: error
      )
    default:
      self.init(
        .refused,
        path: path(),
        message: "\(type(of: error)) thrown by a type's own coding",
        cause: error
      )
    }
  }
}
