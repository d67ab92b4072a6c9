/// How a stand-in begins; faults and webhooks can be set while it runs as well.
package struct StandInOptions: Sendable {
  /// How many sends are kept, at least 1; the oldest is forgotten for one more.
  package var capacity: Int
  /// How many bytes of uploaded files are kept, at least 16 MB; the oldest are forgotten for another.
  package var mediaCapacity: Int
  package var faults: Faults
  /// The engines that statuses go to.
  package var webhooks: [WebhookTarget]

  package init(
    capacity: Int = 100_000,
    mediaCapacity: Int = 64 << 20,
    faults: Faults = Faults(),
    webhooks: [WebhookTarget] = []
  ) {
    precondition(capacity > 0 && mediaCapacity >= StandInRoutes.maximumUploadBytes)
    self.capacity = capacity
    self.mediaCapacity = mediaCapacity
    self.faults = faults
    self.webhooks = webhooks
  }
}
