import Extraction
import Foundation
import JSON

/// The text that another project expects of a file which it tests with (`documents` of the cases).
///
/// It is reproduced where all of it is read, in its order. How it is marked up, and what stands where on a page, is for
/// each reader to say.
struct ExpectedText: Sendable {
  enum Project: String, CaseIterable, Sendable { case pdfminer, mammoth, pypdf }

  /// What has to be equal.
  enum Measure: Sendable {
    case paragraphs
    case words
    /// The words, in one piece and somewhere in the text.
    case someWords
    /// All but blanks.
    case characters
  }

  let project: Project
  /// The path of the file in the folder of the project.
  let file: String
  let text: String
  var measure = Measure.words
  /// What of the project's own text is read otherwise, since it is wrong there.
  var otherwise: String?

  /// Where what was read begins to differ; nil where it does not.
  ///
  /// - Parameter blocks: each of them a paragraph.
  func difference(from blocks: [String]) -> String? {
    let (found, wanted) =
      switch measure {
      case .paragraphs: (blocks, paragraphs)
      case .words, .someWords: (words(blocks.joined(separator: "\n")), words(text))
      case .characters: (characters(blocks.joined(separator: "\n")), characters(text))
      }
    if measure == .someWords, found.indices.contains(where: { found[$0...].starts(with: wanted) }) {
      return nil
    }
    guard found != wanted else { return nil }
    let place = zip(found, wanted).prefix { $0 == $1 }.count
    func shown(_ parts: [String]) -> String {
      parts.dropFirst(place).prefix(5).map { "'\($0)'" }.joined(separator: " ")
    }
    return "\(shown(found)) is read where \(shown(wanted)) is expected"
  }

  private var paragraphs: [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  private func characters(_ text: String) -> [String] { words(text).joined().map { String($0) } }

  private func words(_ text: String) -> [String] {
    text.precomposedStringWithCompatibilityMapping.split(whereSeparator: \.isWhitespace).map { String($0) }
  }
}

extension ExpectedText {
  /// - Parameter folder: holds a folder for each project.
  static func all(in folder: URL) throws -> [ExpectedText] {
    let (pdfminer, mammoth) = ("pdfminer/_expected_text.json", "mammoth/_expected.json")
    for list in [pdfminer, mammoth] {
      let path = folder.appendingPathComponent(list).path
      guard FileManager.default.fileExists(atPath: path) else {
        throw ConfigurationError("\(path) is not there; --cases names the folder of the cases")
      }
    }
    return try self.pdfminer(folder.appendingPathComponent(pdfminer))
      + self.mammoth(folder.appendingPathComponent(mammoth))
      + pypdf(folder.appendingPathComponent("pypdf"))
  }

  // MARK: pdfminer

  private static func pdfminer(_ list: URL) throws -> [ExpectedText] {
    let texts = try JSON.decode([String: String].self, from: Array(Data(contentsOf: list)))
    return texts.sorted { $0.key < $1.key }.map { key, text in
      // Once more, as it is read with another setting.
      let file = key.replacing("_no_boxes_flow", with: "")
      if file == drawing { return asItIsDrawn(text) }
      return ExpectedText(project: .pdfminer, file: file, text: text, measure: measures[file] ?? .words)
    }
  }

  private static let measures: [String: Measure] = [
    // Of these files its tests look for a part of the text alone.
    "zen_of_python_corrupted.pdf": .someWords, "contrib/issue-625-identity-cmap.pdf": .someWords,
    // Chinese and Japanese have no blanks between words: where a line ends is for each reader to say.
    "simple3.pdf": .characters, "contrib/issue_566_test_2.pdf": .characters,
  ]

  private static let drawing = "contrib/issue_495_pdfobjref.pdf"

  /// The text of a drawing, whole and in its order. pdfminer takes the dimensions that are turned by 90 degrees apart into
  /// single characters and writes them from the top down, which is backwards: its "00,02" is 20,00 on the drawing. Of
  /// glyphs it writes the numbers where it does not know what they mean; the diameter's the font itself tells, those of
  /// the font of symbols nobody.
  private static func asItIsDrawn(_ text: String) -> ExpectedText {
    var turned = 0
    let told = text.replacing("(cid:142)", with: "Ø")
    let boxes = told.split(separator: "\n\n").map { box in
      let lines = box.replacing(/\(cid:[0-9]+\)/, with: "").split(separator: "\n")
      guard lines.count > 1, lines.allSatisfy({ $0.count == 1 }) else { return lines.joined(separator: "\n") }
      turned += 1
      return lines.reversed().joined()
    }
    return ExpectedText(
      project: .pdfminer, file: drawing, text: boxes.joined(separator: "\n\n"),
      otherwise: "\(turned) turned numbers, which pdfminer writes backwards, and "
        + "\(told.matches(of: /\(cid:[0-9]+\)/).count) symbols, of which it writes the numbers of the glyphs")
  }

  // MARK: mammoth

  /// How paragraphs are marked up is for mammoth's own options to say.
  private static func mammoth(_ list: URL) throws -> [ExpectedText] {
    struct Expected: Decodable {
      let file: String
      let text: String
      enum CodingKeys: String, CodingKey {
        case file
        case text = "html_or_text"
      }
    }
    return try JSON.decode([Expected].self, from: Array(Data(contentsOf: list))).map { expected in
      let text = expected.text.replacing(/<\/?(p|h1|ul|li)>/, with: "\n").replacing(/<[^>]*>/, with: "")
        .replacing("\\n", with: "\n")
      return ExpectedText(project: .mammoth, file: expected.file, text: text, measure: .paragraphs)
    }
  }

  // MARK: pypdf

  /// Its other expected texts are of files that are not among the cases.
  private static func pypdf(_ folder: URL) throws -> [ExpectedText] {
    try [
      ("crazyones.pdf", "crazyones.txt"), ("crazyones.pdf", "crazyones_layout_vertical_space.txt"),
      ("crazyones.pdf", "crazyones_layout_vertical_space_font_height_weight.txt"),
      ("pdflatex-forms.pdf", "010-pdflatex-forms.txt"), ("toy.pdf", "toy.layout.txt"),
    ].map { file, name in
      let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      // Of two lines of it the letters and words are set apart.
      return ExpectedText(
        project: .pypdf, file: file, text: text, measure: file == "toy.pdf" ? .characters : .words)
    }
  }
}
