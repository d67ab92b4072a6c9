import Foundation
import JSON
import Testing

@testable import Understanding

@Suite struct IntentTrainingTests {
  private static let small = [
    ("Where is my parcel?", "track"), ("When will my order arrive", "track"), ("track my delivery", "track"),
    ("I want my money back", "refund"), ("How do I get a refund?", "refund"), ("please refund me", "refund"),
    ("ich möchte mein Geld zurück", "refund"), ("wo ist mein Paket", "track"),
    ("what is the capital of France", nil), ("sing me a song", nil), ("tell me a joke", nil),
  ].map { IntentExample(text: $0.0, intent: $0.1) }

  /// 30 of the 150 intents of CLINC150, so that it takes seconds; `bench intent` measures all of them.
  @Test(.timeLimit(.minutes(2))) func intentsOfCLINC150AreFoundAndWhatIsNoneIsNoticed() throws {
    let cases = try Self.clinc150()
    let names = Set(Set(cases["train"]?.map { $0[1] } ?? []).sorted().prefix(30))
    func examples(_ split: String) -> [IntentExample] {
      (cases[split] ?? []).filter { names.contains($0[1]) }.map { IntentExample(text: $0[0], intent: $0[1]) }
    }
    let outside = (cases["oos_train"] ?? []).map { IntentExample(text: $0[0], intent: nil) }
    let trained = try IntentTraining(examples("train") + outside).train()
    let validation = examples("val")
    let right = validation.count { trained.model.guess($0.text).intent == $0.intent }
    let strange = cases["oos_val"] ?? []
    let noticed = strange.count { trained.model.guess($0[0]).isOutOfScope }
    try #require(validation.count == 600 && strange.count == 100)
    #expect(Double(right) / 600 >= 0.93, "\(right) of 600")
    #expect(noticed >= 50, "\(noticed) of 100")
    let accuracy = try #require(trained.accuracy)
    #expect(accuracy > 0.9)
  }

  @Test func theSameExamplesGiveTheSameModel() throws {
    let first = try IntentTraining(Self.small).train().model.bytes
    #expect(try IntentTraining(Self.small).train().model.bytes == first)
    #expect(try IntentTraining(Array(Self.small.reversed())).train().model.bytes != first)
  }

  @Test func aModelIsReadAsItWasWritten() throws {
    let model = try IntentTraining(Self.small).train().model
    let read = try IntentModel(bytes: model.bytes)
    #expect(read == model)
    for text in ["where is it", "refund", "💥", "", "Wo ist mein Geld?"] {
      #expect(read.guess(text) == model.guess(text))
    }
  }

  @Test func whatIsNoModelIsRefused() throws {
    let bytes = try IntentTraining(Self.small).train().model.bytes
    for length in [0, 3, 4, 11, 64, 500, bytes.count / 2, bytes.count - 1] {
      #expect(throws: IntentModelError.self) { try IntentModel(bytes: Array(bytes.prefix(length))) }
    }
    #expect(throws: IntentModelError.malformed) { try IntentModel(bytes: bytes + [0]) }
    #expect(throws: IntentModelError.unknownForm) {
      try IntentModel(bytes: [9, 9, 9, 9] + bytes.dropFirst(4))
    }
    // Sizes that claim more than there is.
    var huge = bytes
    huge.replaceSubrange(4..<8, with: [0xFF, 0xFF, 0xFF, 0x7F])
    #expect(throws: IntentModelError.malformed) { try IntentModel(bytes: huge) }
    // Any other byte may be another number, and never more than that.
    var random = SeededNumbers(seed: 11)
    for _ in 0..<200 {
      var broken = bytes
      broken[Int(random.next() % UInt64(bytes.count))] ^= UInt8(1 << (random.next() % 8))
      if let model = try? IntentModel(bytes: broken) { _ = model.guess("where is my parcel") }
    }
  }

  @Test func oneIntentIsNotEnough() {
    #expect(throws: IntentTrainingError.tooFewIntents(1)) {
      try IntentTraining([IntentExample(text: "a", intent: "x"), IntentExample(text: "b", intent: nil)])
    }
  }

  @Test func aTrainingEndsWhenItIsCancelled() throws {
    var asked = 0
    #expect(throws: CancellationError.self) {
      try IntentTraining(Self.small).train {
        asked += 1
        return asked > 3
      }
    }
    #expect(asked == 4)
  }

  @Test func twoOfTheSameTextAndStrangeTextsAreTrainedOn() throws {
    let strange = ["", " ", "💥💥💥", String(repeating: "a", count: 5_000), "\u{0}", "مرحبا", "你好吗"].flatMap {
      [IntentExample(text: $0, intent: "a"), IntentExample(text: $0, intent: "b")]
    }
    let model = try IntentTraining(strange).train().model
    for example in strange {
      let guess = model.guess(example.text)
      #expect(guess.confidence.isFinite && (0...1).contains(guess.confidence))
    }
  }

  @Test func whatSharesNoWordWithTheExamplesIsOutOfScope() throws {
    let guess = try IntentTraining(Self.small).train().model.guess("🦆")
    #expect(guess.isOutOfScope && guess.intent == nil)
  }

  private struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  private static func clinc150() throws -> [String: [[String]]] {
    let path = ProcessInfo.processInfo.environment["AIGENTABLE_CASES"] ?? "../shared/cases"
    let file = "\(path)/intent/clinc150/data_train_val.json"
    guard let data = FileManager.default.contents(atPath: file) else {
      throw Missing(description: "\(file) is absent; AIGENTABLE_CASES names the folder of the cases")
    }
    return try JSON.decode([String: [[String]]].self, from: Array(data))
  }
}
