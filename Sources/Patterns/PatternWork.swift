/// The work that comparisons of patterns with texts may still take, all together. The same comparisons take the same
/// work everywhere; what there is at first is a fraction of a second.
package struct PatternWork: Sendable {
  /// What looking at one byte of a text with one byte of a pattern costs is 1.
  private(set) var left: Int
  /// Of a step of the comparison that is under way.
  private var price = 0

  package init() { left = 2_000_000_000 }

  /// A step is one part of the pattern, tried at one place. It may look at the whole text (`.*`), and with each of
  /// the pattern's bytes (`[…]`), and costs something in any case.
  mutating func begin(_ pattern: Int, _ text: Int) {
    price = max(pattern * text, 500)
    take()
  }

  mutating func take() { left -= price }

  var isSpent: Bool { left < 0 }
}
