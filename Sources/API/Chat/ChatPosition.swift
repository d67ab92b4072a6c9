import Contracts

/// Where a message of a chat stands in the log, `partition:offset`: the id of its event on the stream, with
/// which a browser asks for what came after.
struct ChatPosition: Hashable, Sendable, CustomStringConvertible {
  let partition: Partition
  let offset: Offset

  init(_ partition: Partition, _ offset: Offset) {
    self.partition = partition
    self.offset = offset
  }

  init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let partition = Int32(parts[0]), partition >= 0, let offset = Int64(parts[1]),
      offset >= -1
    else { return nil }
    self.init(Partition(partition), Offset(offset))
  }

  var description: String { "\(partition):\(offset)" }
}
