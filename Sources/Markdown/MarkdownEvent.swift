/// What a reader meets on its way through a document, from its start to its end. What opens is closed, in
/// turn.
package enum MarkdownEvent: Sendable, Equatable {
  case open(MarkdownElement)
  case close(MarkdownElement)
  case text(String)
  /// Within a line.
  case code(String)
  /// A block, with the end of its last line.
  case codeBlock(String, language: String?)
  /// As written, in a line or as a block.
  case html(String, isBlock: Bool)
  /// An end of a line in the source alone.
  case softBreak
  case lineBreak
  /// A line across.
  case rule
}

package enum MarkdownElement: Sendable, Equatable {
  case paragraph
  /// 1 to 6.
  case heading(Int)
  case quote
  /// The number of the first item; nil for bullets. Between the items of a tight list is no empty line.
  case list(start: Int?, isTight: Bool)
  case item
  case emphasis, strong, strike
  case link(String)
  /// What it holds is what to show in its stead.
  case image(String)
}
