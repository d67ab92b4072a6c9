/// What one extraction may use at most.
package struct ExtractionLimits: Sendable {
  package var wallSeconds = 300
  package var processorSeconds = 120
  /// Of address space, in bytes: with what the program itself maps.
  package var memory = 2 << 30
  /// Of text, in bytes, with its structure.
  package var output = 64 << 20
  package var blocks = 1_000_000

  package init() {}
}
