import JSON

/// Why a channel cannot make sense of a body, or is not there. No case is retriable: the same fails again.
package struct ChannelError: Error, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// No channel of this name is registered.
    case notRegistered = "not-registered"
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
  init(body: [UInt8], maximumBytes: Int) throws(ChannelError) {
    guard body.count <= maximumBytes else {
      throw ChannelError(.tooLarge, "body has \(body.count) bytes, at most \(maximumBytes)")
    }
    do throws(JSONError) {
      try self.init(parsing: body)
    } catch {
      throw ChannelError(.notJSON, error.description)
    }
  }
}
