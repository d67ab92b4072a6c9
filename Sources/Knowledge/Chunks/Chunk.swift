/// A piece of a document that can be found and quoted.
package struct Chunk: Sendable, Equatable {
  /// The headings that it stands under, the outermost first, ` › ` between them; or empty.
  package let heading: String
  /// Where it begins, as a citation says it, `p. 3` for instance; or empty.
  package let place: String
  package let text: String

  package init(heading: String, place: String, text: String) {
    self.heading = heading
    self.place = place
    self.text = text
  }
}
