import FoundationEssentials

/// How far a mailbox has been read: all messages up to `uid` of one numbering (RFC 9051, section 2.3.1.1).
package struct MailboxPosition: Sendable, Equatable, LosslessStringConvertible {
  package let validity: UInt32
  /// 0 before the first message.
  package let uid: UInt32
  /// Only what the server got since then is read, whatever the mailbox has from before: when the server numbers anew,
  /// this tells what was there before anybody read it. In whole seconds.
  package let since: Date

  package init(validity: UInt32, uid: UInt32, since: Date) {
    self.validity = validity
    self.uid = uid
    self.since = Date(timeIntervalSince1970: since.timeIntervalSince1970.rounded(.down))
  }

  /// `validity/uid/seconds`.
  package init?(_ description: String) {
    let numbers = description.split(separator: "/", omittingEmptySubsequences: false)
    guard numbers.count == 3, let validity = UInt32(numbers[0]), let uid = UInt32(numbers[1]),
      let seconds = Int64(numbers[2])
    else { return nil }
    self.init(validity: validity, uid: uid, since: Date(timeIntervalSince1970: TimeInterval(seconds)))
  }

  package var description: String { "\(validity)/\(uid)/\(Int64(since.timeIntervalSince1970))" }
}

/// What a step through a mailbox brought.
package struct MailboxStep: Sendable {
  package struct Message: Sendable {
    package let uid: UInt32
    package let bytes: [UInt8]
    /// How many bytes it has in all, of one that is too large: `bytes` are its first.
    package let whole: Int?
  }

  package let messages: [Message]
  /// Those cut for their size.
  package let tooLarge: [UInt32]
  /// Where to go on: to be stored when the messages are.
  package let next: MailboxPosition
  /// There is more to be had at once.
  package let isMore: Bool
}
