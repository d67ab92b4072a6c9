/// Where checkpoints are kept outside the database: a folder, or a store that takes files by HTTP. What was put there
/// is never changed: whoever can write the log must not be able to change it there either.
package protocol CheckpointPlace: Sendable {
  /// What to call it in what is found.
  var name: String { get }
  /// Adds what is not there yet. What is there stays as it is, even where it differs.
  func add(_ checkpoints: [(number: Int64, checkpoint: SignedCheckpoint)], key: SigningKey.Public)
    async throws
  /// The public key; nil when there is none.
  func key() async throws -> SigningKey.Public?
  /// The checkpoints by the numbers in their names, and what is not the file of one.
  func read() async throws -> (
    entries: [(number: Int64, checkpoint: SignedCheckpoint)], differences: [Difference]
  )
}
