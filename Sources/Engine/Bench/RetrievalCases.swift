import Foundation

/// A set of documents with questions whose answers were judged.
struct RetrievalSet {
  let name: String
  /// A text-search configuration of Postgres.
  let language: String
  var documents: [(id: String, text: String)] = []
  var questions: [(id: String, text: String)] = []
  /// By question, how good each document is as an answer.
  var judged: [String: [String: Int]] = [:]

  /// Normalised discounted cumulative gain of the first ten, with gain as it was judged.
  func ndcg(_ ranking: [String], of question: String) -> Double {
    let good = judged[question] ?? [:]
    func gain(_ grades: [Int]) -> Double {
      grades.prefix(10).enumerated().reduce(0) { $0 + Double($1.element) / log2(Double($1.offset + 2)) }
    }
    let best = gain(good.values.sorted(by: >))
    return best > 0 ? gain(ranking.map { good[$0] ?? 0 }) / best : 0
  }
}

extension RetrievalSet {
  /// XQuAD: paragraphs and questions about them, in SQuAD's form.
  static func xquad(_ file: URL, name: String, language: String) throws -> RetrievalSet {
    struct File: Decodable {
      struct Article: Decodable { let paragraphs: [Paragraph] }
      struct Paragraph: Decodable {
        let context: String
        let qas: [Question]
      }
      struct Question: Decodable {
        let id: String
        let question: String
      }
      let data: [Article]
    }
    var set = RetrievalSet(name: name, language: language)
    for paragraph in try JSONDecoder().decode(File.self, from: Data(contentsOf: file)).data.flatMap(
      \.paragraphs)
    {
      let id = "\(set.documents.count)"
      set.documents.append((id, paragraph.context))
      for question in paragraph.qas {
        set.questions.append((question.id, question.question))
        set.judged[question.id] = [id: 1]
      }
    }
    return set
  }

  /// CACM: titles and abstracts in an archive of pages, questions and judgements as TREC has them.
  static func cacm(_ folder: URL) throws -> RetrievalSet {
    var set = RetrievalSet(name: "cacm", language: "english")
    let unpacked = FileManager.default.temporaryDirectory.appendingPathComponent("cacm-\(UUID())")
    try FileManager.default.createDirectory(at: unpacked, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: unpacked) }
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = ["tar", "-xzf", folder.appendingPathComponent("cacm.tar.gz").path, "-C", unpacked.path]
    try tar.run()
    tar.waitUntilExit()
    let pages =
      (FileManager.default.enumerator(at: unpacked, includingPropertiesForKeys: nil)?.allObjects as? [URL])
      ?? []
    for page in pages.filter({ $0.pathExtension == "html" }).sorted(by: { $0.path < $1.path }) {
      let text = String(decoding: try Data(contentsOf: page), as: UTF8.self)
        .replacing(/<[^>]*>/, with: "").trimmingCharacters(in: .whitespacesAndNewlines)
      set.documents.append((page.deletingPathExtension().lastPathComponent, text))
    }
    let topics = try String(
      contentsOf: folder.appendingPathComponent("topics/topics.cacm.txt"), encoding: .utf8)
    for topic in topics.components(separatedBy: "<DOC>").dropFirst() {
      let parts = topic.components(separatedBy: "</DOCNO>")
      guard parts.count == 2, let number = parts[0].components(separatedBy: "<DOCNO>").last else { continue }
      let text = parts[1].replacing("</DOC>", with: "").trimmingCharacters(in: .whitespacesAndNewlines)
      set.questions.append((number.trimmingCharacters(in: .whitespaces), text))
    }
    let judgements = try String(
      contentsOf: folder.appendingPathComponent("qrels/qrels.cacm.txt"), encoding: .utf8)
    for line in judgements.split(separator: "\n") {
      let parts = line.split(separator: " ")
      if parts.count == 4 { set.judged[String(parts[0]), default: [:]][String(parts[2])] = Int(parts[3]) }
    }
    set.questions.removeAll { set.judged[$0.id] == nil }
    return set
  }
}
