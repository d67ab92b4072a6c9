import Synchronization

/// What all requests share, behind one lock that is held for memory work only.
final class StandInState: Sendable {
  private struct Contents: Sendable {
    var sends: SentMessages
    var media: StoredMedia
    var dice: FaultDice
    var targets: WebhookTargets
    /// Where Telegram calls for a bot, by its token.
    var webhooksOfBots: [String: String] = [:]
  }

  private let contents: Mutex<Contents>

  init(_ options: StandInOptions) {
    var targets = WebhookTargets()
    for target in options.webhooks { targets.set(target) }
    contents = Mutex(
      Contents(
        sends: SentMessages(capacity: options.capacity),
        media: StoredMedia(capacity: options.mediaCapacity),
        dice: FaultDice(options.faults),
        targets: targets
      )
    )
  }

  func sends<R: Sendable>(_ body: (inout SentMessages) throws -> R) rethrows -> R {
    try contents.withLock { try body(&$0.sends) }
  }

  func media<R: Sendable>(_ body: (inout StoredMedia) -> R) -> R {
    contents.withLock { body(&$0.media) }
  }

  func nextFault() -> FaultDecision { contents.withLock { $0.dice.next() } }

  var faults: Faults {
    get { contents.withLock { $0.dice.faults } }
    // Begins the sequence anew, so that the same seed gives the same faults.
    set { contents.withLock { $0.dice = FaultDice(newValue) } }
  }

  func target(account: String) -> WebhookTarget? { contents.withLock { $0.targets[account] } }

  func webhookOfBot(_ token: String) -> String? { contents.withLock { $0.webhooksOfBots[token] } }

  /// Only so many bots are remembered.
  func setWebhookOfBot(_ token: String, _ url: String?) {
    contents.withLock { if $0.webhooksOfBots.count < 1_000 { $0.webhooksOfBots[token] = url } }
  }

  /// Returns false when there are too many.
  func setTarget(_ target: WebhookTarget) -> Bool { contents.withLock { $0.targets.set(target) } }
}
