/// A number of the outbox as records and cursors carry it, so that a later one compares as higher: the epoch in
/// the high 15 bits, below it the number that the outbox gave within its partition, in 48 bits.
package struct OutboxSequence: Sendable, Equatable {
  static let numbers: ClosedRange<Int64> = 0...(1 << 48 - 1)
  static let epochs: ClosedRange<Int64> = 0...(1 << 15 - 1)

  package let epoch: Int64
  package let number: Int64

  /// nil outside of `epochs` and `numbers`.
  package init?(epoch: Int64, number: Int64) {
    guard Self.epochs.contains(epoch), Self.numbers.contains(number) else { return nil }
    self.epoch = epoch
    self.number = number
  }

  /// nil below 0.
  package init?(rawValue: Int64) {
    self.init(epoch: rawValue >> 48, number: rawValue & Self.numbers.upperBound)
  }

  package var rawValue: Int64 { epoch << 48 | number }
}
