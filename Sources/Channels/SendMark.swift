import Contracts

/// Names a message of ours, or a part of it, in what is sent along with it and comes back with the platform's reports.
package struct SendMark: Sendable, Equatable {
  package let message: MessageID
  /// Of a message that is sent in several parts, the number of one before the last, from 0; nil for the last one, with
  /// which the whole was sent.
  package let part: Int?

  package init(_ message: MessageID, part: Int? = nil) {
    self.message = message
    self.part = part
  }

  /// - Parameters:
  ///   - number: of the part, from 0.
  ///   - count: of all parts.
  init(_ message: MessageID, number: Int, of count: Int) {
    self.init(message, part: number == count - 1 ? nil : number)
  }

  /// As it travels: the message's id, and the number of the part behind a slash. At most 64 bytes.
  var text: String { part.map { "\(message)/\($0)" } ?? message.description }

  /// nil for what we did not write.
  init?(_ text: String?) {
    guard let text, text.utf8.count <= 64 else { return nil }
    let words = text.split(separator: "/", omittingEmptySubsequences: false)
    guard let first = words.first, let id = MessageID(first) else { return nil }
    switch words.count {
    case 1: self.init(id)
    case 2:
      guard let part = Int(words[1]), (0..<1_000).contains(part), "\(part)" == words[1] else { return nil }
      self.init(id, part: part)
    default: return nil
    }
  }
}
