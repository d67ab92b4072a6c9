import JSON

/// Why a body is not of its channel's shape. No case is retriable: the same body fails again.
package struct ChannelError: Error, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case tooLarge = "too-large"
    case notJSON = "not-json"
    case wrongShape = "wrong-shape"
    /// More items than one body may hold.
    case tooManyItems = "too-many-items"
    /// The endpoint did not establish who sent the body.
    case missingSender = "missing-sender"
    case invalidID = "invalid-id"
    case emptyText = "empty-text"
    case textTooLong = "text-too-long"
    case invalidText = "invalid-text"
  }

  package let code: Code
  /// Lower case, factual; holds keys, kinds and sizes, never what a person wrote.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var isRetriable: Bool { false }

  package var description: String { "channel \(code.rawValue): \(message)" }
}

extension JSONValue {
  /// Parses the body of a webhook of at most `maximumBytes`.
  init(body: String, maximumBytes: Int) throws(ChannelError) {
    let bytes = body.utf8.count
    guard bytes <= maximumBytes else {
      throw ChannelError(.tooLarge, "body has \(bytes) bytes, at most \(maximumBytes)")
    }
    do throws(JSONError) {
      try self.init(parsing: body.utf8)
    } catch {
      throw ChannelError(.notJSON, error.description)
    }
  }
}
