import ArgumentParser
import Foundation
import JSON
import Understanding

struct BenchIntent: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "intent",
    abstract:
      "The local classifier: how often it is right, how long it trains, and how long a message takes.",
    discussion: """
      banking77: five-fold cross-validation over the training utterances. CLINC150: trained on the training split with its \
      out-of-scope examples, measured on the validation split; an in-scope text that is taken for out of scope counts as \
      wrong. The rate is of whole classifications (language, sentiment, intent) on one thread; its ceiling is the cutting of \
      the same texts into features alone.
      """)

  @Option(help: "The folder that holds intent/banking77 and intent/clinc150.") var cases: String?
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    let folder = try IntentCases(cases)
    let banking = try folder.banking77()
    let clinc = try folder.clinc150()
    let accuracy = try IntentTraining(banking).crossValidate(folds: 5, seed: 1)
    let clock = ContinuousClock()
    let start = clock.now
    let trained = try IntentTraining(clinc.train).train()
    let training = (clock.now - start) / .seconds(1)

    let (inScope, outside) = (
      clinc.validation.filter { $0.intent != nil }, clinc.validation.filter { $0.intent == nil }
    )
    let right = inScope.count { trained.model.guess($0.text).intent == $0.intent }
    let recognised = outside.count { trained.model.guess($0.text).isOutOfScope }

    let texts = clinc.validation.map(\.text) + banking.prefix(3_000).map(\.text)
    let ceiling = rate(of: texts) { IntentModel.featureCount(of: $0) }
    let cpu = processorSeconds()
    let latencies = Latencies()
    let ours = rate(of: texts) { text in
      let begun = clock.now
      let result = Classification(of: text, with: trained.model)
      latencies.record(clock.now - begun)
      return result.intent?.best?.count ?? 0
    }
    try BenchResult(
      name: "intent", rate: ours, ceiling: ceiling, p50: latencies.percentile(50),
      p95: latencies.percentile(95), p99: latencies.percentile(99),
      cpuSecondsPerMillion: (processorSeconds() - cpu) / Double(texts.count) * 1e6,
      more: [
        "banking77 accuracy, 5-fold": accuracy,
        "clinc150 in-scope accuracy": Double(right) / Double(inScope.count),
        "clinc150 out-of-scope recall": Double(recognised) / Double(outside.count),
        "clinc150 training seconds": training,
        "µs per message": 1e6 / ours,
        "model MB": Double(trained.model.bytes.count) / 1e6,
      ],
      notes: "\(banking.count) utterances of banking77, \(clinc.train.count) of clinc150 to train on"
    ).print(asJSON: json)
  }

  private func rate(of texts: [String], _ work: (String) -> Int) -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    var sum = 0
    for text in texts { sum &+= work(text) }
    let seconds = (clock.now - start) / .seconds(1)
    // Used, so that nothing of it is left out.
    precondition(sum >= 0)
    return Double(texts.count) / seconds
  }
}

/// The utterances of `shared/cases/intent`.
struct IntentCases {
  private let folder: URL

  init(_ path: String?) throws {
    let path = path ?? ProcessInfo.processInfo.environment["AIGENTABLE_CASES"] ?? "../shared/cases"
    folder = URL(fileURLWithPath: path).appendingPathComponent("intent")
    guard FileManager.default.fileExists(atPath: folder.path) else {
      throw ConfigurationError("\(folder.path) is not there; --cases names the folder of the cases")
    }
  }

  func banking77() throws -> [IntentExample] {
    let text = try String(contentsOf: folder.appendingPathComponent("banking77/train.csv"), encoding: .utf8)
    return Self.rows(text).dropFirst().compactMap { row in
      row.count == 2 ? IntentExample(text: row[0], intent: row[1]) : nil
    }
  }

  func clinc150() throws -> (train: [IntentExample], validation: [IntentExample]) {
    let data = try Data(contentsOf: folder.appendingPathComponent("clinc150/data_train_val.json"))
    let splits = try JSON.decode([String: [[String]]].self, from: Array(data))
    func examples(_ name: String, isInScope: Bool) -> [IntentExample] {
      (splits[name] ?? []).map { IntentExample(text: $0[0], intent: isInScope ? $0[1] : nil) }
    }
    return (
      examples("train", isInScope: true) + examples("oos_train", isInScope: false),
      examples("val", isInScope: true) + examples("oos_val", isInScope: false)
    )
  }

  /// CSV as RFC 4180 has it.
  private static func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var field = ""
    // Whether a quoted part goes on, and whether one has just ended: then another quote stands for itself.
    var (isQuoted, hasEnded) = (false, false)
    for character in text {
      switch character {
      case "\"":
        if hasEnded { field.append(character) }
        isQuoted.toggle()
        hasEnded = !isQuoted
        continue
      case ",", "\n", "\r\n":
        if isQuoted {
          field.append(character)
        } else {
          row.append(field)
          field = ""
          if character != "," {
            rows.append(row)
            row = []
          }
        }
      default: field.append(character)
      }
      hasEnded = false
    }
    if !row.isEmpty { rows.append(row + [field]) }
    return rows
  }
}
