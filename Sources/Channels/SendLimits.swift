/// How often may be sent: `burst` at once, and `perSecond` in the long run.
package struct SendRate: Sendable, Equatable {
  package let perSecond: Double
  package let burst: Double
  /// No second holds more, whenever it begins; nil where the platform names no number of a second.
  package let mostInASecond: Double?

  package init(perSecond: Double, burst: Double) {
    self.perSecond = perSecond
    self.burst = burst
    mostInASecond = nil
  }

  /// So many in any second, however they lie in it.
  /// - Parameter number: above 0; of a part of one, one goes at a time.
  package init(inASecond number: Double) {
    perSecond = number
    burst = max(1, number)
    mostInASecond = burst.rounded(.up)
  }
}

/// What a platform asks of those who send, where it says so in advance. The others say so when it is too much.
package struct SendLimits: Sendable, Equatable {
  package var account: SendRate?
  package var chat: SendRate?
  package var thread: SendRate?
  /// Of the account too, for sound and video alone.
  package var media: SendRate?
  /// Whether a refusal as `throttled` is always of the account; if not, it is of the chat or of the account, and the
  /// platform does not say of which.
  package var throttlesAccountsOnly = true

  package init(
    account: SendRate? = nil, chat: SendRate? = nil, thread: SendRate? = nil, media: SendRate? = nil
  ) {
    self.account = account
    self.chat = chat
    self.thread = thread
    self.media = media
  }

  /// - Parameter perSecond: how many the provider grants this account, where that is other than usual.
  package func granting(_ perSecond: Double?) -> SendLimits {
    guard let perSecond else { return self }
    var limits = self
    limits.account = SendRate(inASecond: perSecond)
    return limits
  }
}
