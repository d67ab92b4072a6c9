/// How far a mailbox has been read: all messages up to `uid` of one numbering (RFC 9051, section 2.3.1.1).
package struct MailboxPosition: Sendable, Equatable {
  package let validity: UInt32
  /// 0 before the first message.
  package let uid: UInt32

  package init(validity: UInt32, uid: UInt32) {
    self.validity = validity
    self.uid = uid
  }
}

/// What a step through a mailbox brought.
package struct MailboxStep: Sendable {
  package struct Message: Sendable {
    package let uid: UInt32
    package let bytes: [UInt8]
  }

  package let messages: [Message]
  /// Those left out for their size.
  package let tooLarge: [UInt32]
  /// Where to go on: to be stored when the messages are.
  package let next: MailboxPosition
  /// There is more to be had at once.
  package let isMore: Bool
}
