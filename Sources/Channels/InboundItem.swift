import Contracts
import FoundationEssentials

/// One thing that a provider reported.
package enum InboundItem: Sendable, Equatable {
  case message(InboundMessage)
  /// A person of the company wrote to the contact from the platform's own inbox: `origin` is the contact's.
  /// What was sent through this engine is none.
  case echo(InboundMessage)
  case edit(InboundEdit)
  case deletion(InboundDeletion)
  case reaction(InboundReaction)
  case status(InboundStatus)
  case progress(InboundProgress)
  case move(InboundMove)
  /// Another app had the conversation at the platform, and gave it to us.
  case control(InboundControl)
  case consent(InboundConsent)
  case notice(InboundNotice)
  /// Belongs to no conversation: an entry that cannot be attributed, or that nobody asks about. `kind` is a
  /// word of at most 64 bytes of `a-z`, `0-9`, `_`, `.` and `-`, for counting; `malformed` is what has no
  /// shape that the channel knows.
  case other(kind: String)

  /// nil for what belongs to no contact.
  package var origin: InboundOrigin? {
    switch self {
    case .message(let message), .echo(let message): message.origin
    case .edit(let edit): edit.origin
    case .deletion(let deletion): deletion.origin
    case .reaction(let reaction): reaction.origin
    case .status(let status): status.origin
    case .progress(let progress): progress.origin
    case .move(let move): move.origin
    case .control(let control): control.origin
    case .consent(let consent): consent.origin
    case .notice, .other: nil
    }
  }
}

/// Whom an item is about, and where and when it happened.
package struct InboundOrigin: Sendable, Equatable {
  /// The account that it was sent to, where the body says so. Providers report all accounts of a business to
  /// one address: whoever reads an item compares this with its connection's.
  package let account: String?
  /// The contact's address at the provider; an answer goes there unless there is a thread.
  package let address: String
  /// What else the provider knows the same contact by, and may name alone some day; nil where it said nothing else.
  package let alias: String?
  /// What the contact calls themself.
  package let name: String?
  /// What tells this conversation from others of the contact on the connection: a group, a topic or an e-mail
  /// thread, in a form of the channel's own. Several contacts can be in it, and an answer goes to it.
  package let thread: String?
  /// By the platform's clock.
  package let time: Date?
  /// What the contact gave besides, where a channel asks for it.
  package let profile: InboundProfile?

  package init(
    account: String? = nil, address: String, alias: String? = nil, name: String?, thread: String? = nil,
    time: Date?, profile: InboundProfile? = nil
  ) {
    self.account = account
    self.address = address
    self.alias = alias
    self.name = name
    self.thread = thread
    self.time = time
    self.profile = profile
  }
}

package struct InboundProfile: Sendable, Equatable {
  package let email: String?
  package let phone: String?
  /// Whether the company signed for who this is.
  package let isVerified: Bool
  package init(email: String?, phone: String?, isVerified: Bool) {
    self.email = email
    self.phone = phone
    self.isVerified = isVerified
  }
}

package struct InboundMessage: Sendable, Equatable {
  /// The provider's id: the same message has the same one, however often it is reported.
  package let providerID: String
  package let origin: InboundOrigin
  package let content: InboundContent
  /// The same for all that was sent as one, where a platform reports each file of an album as a message by
  /// itself, in bodies of their own: to be read as one message, with the files in the order of their
  /// reports.
  package let partOf: String?
  /// It is a part, in a group, that is not said to us: it counts once another one of what was sent as one is.
  package let isOverheard: Bool
  /// It was said while another app had the conversation: people shall see it, and the agent is not to answer it.
  package let isStandby: Bool

  package init(
    providerID: String, origin: InboundOrigin, content: InboundContent, partOf: String? = nil,
    isOverheard: Bool = false, isStandby: Bool = false
  ) {
    self.isStandby = isStandby
    self.providerID = providerID
    self.origin = origin
    self.content = content
    self.partOf = partOf
    self.isOverheard = isOverheard
  }
}

package struct InboundEdit: Sendable, Equatable {
  /// Tells this edit from other edits of the message: the provider's id of it, or one made of the message's
  /// id and what the provider says of the edit.
  package let providerID: String
  /// The provider's id of the message that was edited.
  package let target: String
  package let origin: InboundOrigin
  /// All that the message says now.
  package let content: InboundContent
  /// As of `InboundMessage`.
  package let partOf: String?
  /// In a group, what it says now is not said to us: it counts if the message that was edited did, or its album does.
  package let isOverheard: Bool
  /// As of `InboundMessage`.
  package let isStandby: Bool

  package init(
    providerID: String, target: String, origin: InboundOrigin, content: InboundContent,
    partOf: String? = nil, isOverheard: Bool = false, isStandby: Bool = false
  ) {
    self.isStandby = isStandby
    self.providerID = providerID
    self.target = target
    self.origin = origin
    self.content = content
    self.partOf = partOf
    self.isOverheard = isOverheard
  }
}

package struct InboundDeletion: Sendable, Equatable {
  /// The provider's id of the message that was taken back: that happens once.
  package let target: String
  package let origin: InboundOrigin

  package init(target: String, origin: InboundOrigin) {
    self.target = target
    self.origin = origin
  }
}

package struct InboundReaction: Sendable, Equatable {
  /// Tells this reaction from others of the contact to the message, as in `InboundEdit`.
  package let providerID: String
  /// The provider's id of the message that was reacted to, by either side.
  package let target: String
  package let origin: InboundOrigin
  /// All reactions that the contact has there now: emoji, or the provider's words for those that are none.
  /// Empty when they were taken back.
  package let reactions: [String]

  package init(providerID: String, target: String, origin: InboundOrigin, reactions: [String]) {
    self.providerID = providerID
    self.target = target
    self.origin = origin
    self.reactions = reactions
  }
}

package struct InboundStatus: Sendable, Equatable {
  /// The id that the provider gave when it took the message.
  package let providerID: String
  package let origin: InboundOrigin
  package let status: DeliveryStatus
  /// The provider's error code, when `status` is `failed` and it gave one.
  package let code: Int?
  /// What was sent along with the message, where the platform gives that back.
  package let mark: SendMark?

  package init(
    providerID: String, origin: InboundOrigin, status: DeliveryStatus, code: Int?, mark: SendMark? = nil
  ) {
    self.mark = mark
    self.providerID = providerID
    self.origin = origin
    self.status = status
    self.code = code
  }
}

/// All messages of ours in the conversation have come this far, for platforms that name a time, not messages.
package struct InboundProgress: Sendable, Equatable {
  package let origin: InboundOrigin
  /// `delivered` or `read`.
  package let status: DeliveryStatus
  /// Those sent until then, by the platform's clock.
  package let until: Date

  package init(origin: InboundOrigin, status: DeliveryStatus, until: Date) {
    self.origin = origin
    self.status = status
    self.until = until
  }
}

/// The contact is reached elsewhere from here on; `origin` is where they were.
package struct InboundMove: Sendable, Equatable {
  /// Tells it from a repetition, as in `InboundEdit`.
  package let providerID: String
  package let origin: InboundOrigin
  package let address: String
  /// What else they are known by there, as `InboundOrigin.alias`.
  package let alias: String?
  package let thread: String?

  package init(
    providerID: String, origin: InboundOrigin, address: String, alias: String? = nil, thread: String? = nil
  ) {
    self.providerID = providerID
    self.origin = origin
    self.address = address
    self.alias = alias
    self.thread = thread
  }
}

/// The conversation with the contact is ours from here on, where another app had it.
package struct InboundControl: Sendable, Equatable {
  /// Tells it from a repetition, as in `InboundEdit`.
  package let providerID: String
  package let origin: InboundOrigin

  package init(providerID: String, origin: InboundOrigin) {
    self.providerID = providerID
    self.origin = origin
  }
}

/// The platform says that the contact wants to hear from us no more, or again.
package struct InboundConsent: Sendable, Equatable {
  /// Tells it from a repetition, as in `InboundEdit`.
  package let providerID: String
  package let origin: InboundOrigin
  package let scope: ConsentScope
  package let state: ConsentState

  package init(providerID: String, origin: InboundOrigin, scope: ConsentScope, state: ConsentState) {
    self.providerID = providerID
    self.origin = origin
    self.scope = scope
    self.state = state
  }
}

/// The provider tells of something about the account itself, or the account was sent what no person wrote.
package struct InboundNotice: Sendable, Equatable {
  /// What happened, a word as in `InboundItem.other`: `template.approved`, `auto-reply`.
  package let kind: String
  package let account: String?
  package let time: Date?
  /// The provider's own form of it. It is kept for as long as the account is: nothing in it is of a contact.
  package let raw: String
  /// Tells it from a repetition, where it has an id; else its kind, time and form do.
  package let providerID: String?
  /// The provider's id of the message that it answers.
  package let replyTo: String?

  package init(
    kind: String, account: String?, time: Date?, raw: String, providerID: String? = nil,
    replyTo: String? = nil
  ) {
    self.kind = kind
    self.account = account
    self.time = time
    self.raw = raw
    self.providerID = providerID
    self.replyTo = replyTo
  }
}
