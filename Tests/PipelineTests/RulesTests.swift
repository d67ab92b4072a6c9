import Contracts
import Foundation
import Models
import Testing
import Understanding

@testable import Pipeline

@Suite struct EscalationTests {
  private func rule(
    _ rules: [EscalationRule], _ text: String, _ seen: ClassifiedMessage? = nil, labels: [String] = [],
    followsQuestion: Bool = false, counts: inout [String: Int]
  ) -> String? {
    Escalation(rules: rules).rule(
      .message,
      .init(text: text, classification: seen, labels: labels, followsQuestion: followsQuestion),
      counts: &counts)?.name
  }

  private func seen(
    intent: String? = nil, confidence: Double? = nil, sentiment: String? = nil, isOutOfScope: Bool = false
  ) -> ClassifiedMessage {
    ClassifiedMessage(
      message: MessageID(UUID.version7()), language: "en", intent: intent, confidence: confidence,
      sentiment: sentiment, isOutOfScope: isOutOfScope)
  }

  @Test(arguments: [
    ("I want to talk to a person!", true), ("Kann ich MIT EINEM MITARBEITER sprechen?", true),
    ("我要转人工", true),
    ("personal data", false), ("the real personality", false), ("", false),
  ])
  func whoAsksForAPersonGetsOne(text: String, asks: Bool) {
    var counts: [String: Int] = [:]
    #expect((rule(EscalationRule.standard, text, counts: &counts) != nil) == asks)
  }

  @Test func keywordsAreWholeWords() {
    let rules = [EscalationRule(name: "k", keywords: ["lawyer", "data breach", ""])]
    var counts: [String: Int] = [:]
    #expect(rule(rules, "My LAWYER says…", counts: &counts) == "k")
    #expect(rule(rules, "lawyers", counts: &counts) == nil)
    #expect(rule(rules, "a data-breach", counts: &counts) == "k")
  }

  @Test func angryTwiceIsAskedForTwice() {
    let rules = [EscalationRule(name: "angry", sentiment: "angry", times: 2)]
    var counts: [String: Int] = [:]
    #expect(rule(rules, "x", seen(sentiment: "angry"), counts: &counts) == nil)
    #expect(rule(rules, "x", seen(sentiment: "neutral"), counts: &counts) == nil)
    #expect(rule(rules, "x", seen(sentiment: "angry"), counts: &counts) == "angry")
  }

  @Test func allConditionsOfARuleHoldAndTheFirstRuleCounts() {
    let rules = [
      EscalationRule(name: "never"),
      EscalationRule(name: "vip complaint", intents: ["complaint"], label: "vip"),
      EscalationRule(name: "unsure", confidenceBelow: 0.4), EscalationRule(name: "off", outOfScope: true),
    ]
    var counts: [String: Int] = [:]
    let complaint = seen(intent: "complaint", confidence: 0.9)
    #expect(rule(rules, "x", complaint, counts: &counts) == nil)
    #expect(rule(rules, "x", complaint, labels: ["vip"], counts: &counts) == "vip complaint")
    #expect(rule(rules, "x", seen(confidence: 0.3), counts: &counts) == "unsure")
    #expect(rule(rules, "x", seen(isOutOfScope: true), counts: &counts) == "off")
    #expect(rule(rules, "x", nil, labels: ["vip"], counts: &counts) == nil)
  }

  @Test func theStandardRulesActOnWhatWasUnderstood() {
    var counts: [String: Int] = [:]
    let standard = EscalationRule.standard
    #expect(rule(standard, "x", seen(sentiment: "angry"), counts: &counts) == nil)
    #expect(rule(standard, "x", seen(sentiment: "angry"), counts: &counts) == "angry twice")
    counts = [:]
    #expect(rule(standard, "x", seen(confidence: 0.29), counts: &counts) == "low confidence")
    #expect(rule(standard, "x", seen(confidence: 0.3), counts: &counts) == nil)
    // Without trained intents there is no confidence.
    #expect(rule(standard, "x", seen(), counts: &counts) == nil)
    #expect(rule(standard, "I do not want to talk to a human", nil, counts: &counts) == nil)
  }

  /// By what the classifier makes of real messages.
  @Test(arguments: [
    ("C'est une honte, votre service est lamentable !", "Bande d'escrocs, rendez-moi mon argent"),
    ("¡Esto es una vergüenza!", "sois unos ladrones y unos mentirosos"),
    ("È una truffa, vi denuncio", "Sono furioso, è inaccettabile"),
    ("Isto é uma vergonha", "Fui enganado, isto é uma fraude"),
    ("Pure oplichting, ik doe aangifte", "Dit is onacceptabel, ik ben woedend"),
  ])
  func whoIsAngryTwiceGetsAPersonInEachLanguage(first: String, second: String) {
    var counts: [String: Int] = [:]
    func acts(on text: String) -> String? {
      let label = Classification(of: text, with: nil).sentiment.label
      return rule(
        EscalationRule.standard, text, seen(sentiment: MessageClassified.Sentiment(label).rawValue),
        counts: &counts)
    }
    #expect(acts(on: first) == nil)
    #expect(acts(on: "12345") == nil)
    #expect(acts(on: second) == "angry twice")
  }

  @Test func smallTalkIsOfNoIntentAndNobodyNeedsToComeForIt() {
    let rules = [
      EscalationRule(name: "unsure", confidenceBelow: 0.4), EscalationRule(name: "off", outOfScope: true),
    ]
    var counts: [String: Int] = [:]
    #expect(rule(rules, "Hello!", seen(confidence: 0.1, isOutOfScope: true), counts: &counts) == nil)
    #expect(rule(rules, "Hello?!x", seen(confidence: 0.1, isOutOfScope: true), counts: &counts) == "unsure")
  }

  @Test func onlyAShortReplyToTheAgentsQuestionWantsNoIntent() {
    let unclear = seen(confidence: 0.1, isOutOfScope: true)
    let long = "Something else that has nothing to do with it"
    for rules in [
      [EscalationRule(name: "r", confidenceBelow: 0.4)], [EscalationRule(name: "r", outOfScope: true)],
    ] {
      var counts: [String: Int] = [:]
      #expect(rule(rules, "It is A-17", unclear, followsQuestion: true, counts: &counts) == nil)
      #expect(rule(rules, "It is A-17", unclear, counts: &counts) == "r")
      #expect(rule(rules, long, unclear, followsQuestion: true, counts: &counts) == "r")
    }
    // What is in scope is that also in a reply, and what is not does not become it.
    let inScope = [EscalationRule(name: "in", outOfScope: false)]
    var counts: [String: Int] = [:]
    for followsQuestion in [true, false] {
      #expect(rule(inScope, "A-17", unclear, followsQuestion: followsQuestion, counts: &counts) == nil)
      #expect(rule(inScope, "A-17", seen(), followsQuestion: followsQuestion, counts: &counts) == "in")
    }
    #expect(rule(inScope, "A-17", nil, counts: &counts) == nil)
  }
}

@Suite struct GroundingTests {
  private func withheld(
    _ written: String, _ mode: String?, to asked: [String?] = ["May I return it?"], hasDocuments: Bool = true,
    hasToolResult: Bool = false
  ) -> Grounding.Withheld? {
    Grounding(mode, hasDocuments: hasDocuments, hasToolResult: hasToolResult, asked: asked)
      .withheld(CheckedAnswer(written, passages: 2))
  }

  @Test func whatCitesNothingThatWasGivenIsWithheld() {
    #expect(withheld("Within 30 days.", "supported") == .unsupported)
    #expect(withheld("Within 30 days [7].", "supported") == .unsupported)
    #expect(withheld("Within 30 days [2].", "supported") == nil)
    #expect(withheld("Within 30 days.", "supported", to: [nil]) == .unsupported)
    #expect(withheld("Within 30 days.", "supported", to: ["Thanks!", "May I?"]) == .unsupported)
    for mode in ["supported", "cited", "free", nil] {
      #expect(withheld("NO_ANSWER", mode) == .noAnswer)
      #expect(withheld(" ", mode) == .empty)
    }
  }

  @Test func smallTalkAskingBackToolsAndTheLackOfDocumentsWantNoSupport() {
    #expect(withheld("Hello, I am Mia.", "supported", to: ["Hi!"]) == nil)
    #expect(withheld("You are always welcome here.", "supported", to: ["Thanks", "bye"]) == nil)
    #expect(withheld("Which order do you mean?", "supported") == nil)
    for asked in ["Yes please", "???", "Hi, help me please"] {
      #expect(withheld("We refund it all.", "supported", to: [asked]) == .unsupported, "\(asked)")
      #expect(!Grounding.isSmallTalk([asked]), "\(asked)")
    }
    for said in ["Yes.", "No, sorry.", "Ja.", "Happy to help: yes, it was."] {
      #expect(withheld(said, "supported") == .unsupported, "\(said)")
    }
    #expect(withheld("It was shipped.", "supported", hasToolResult: true) == nil)
    #expect(withheld("It was shipped.", "cited", hasToolResult: true) == nil)
    #expect(withheld("We open at nine.", "supported", hasDocuments: false) == nil)
    #expect(withheld("We open at nine.", "free") == nil)
    #expect(withheld("We open at nine.", nil) == nil)
    for asked in [["Hi!"], ["May I return it?"]] {
      #expect(withheld("Which one?", "cited", to: asked, hasDocuments: false) == .unsupported)
    }
  }

  @Test func whatMayNotBeSaidIsNotShownWhileItIsWritten() {
    func shown(_ pieces: [String], passages: Int = 1, mustCite: Bool = true, hidesMarks: Bool = false)
      -> [String]
    {
      var gate = AnswerGate(passages: passages, mustCite: mustCite, hidesMarks: hidesMarks)
      return pieces.map { gate.receive($0) }
    }
    #expect(shown(["Within"], mustCite: false) == ["Within"])
    // As the prompt asks for it: nothing but the numbers comes before the first word.
    let declared = ["[", "1", "]", "\n", "With", "in 30", " days [", "1", "]."]
    #expect(shown(declared) == ["", "", "", "", "With", "in 30", " days", "", " [1]."])
    #expect(shown(declared, hidesMarks: true) == ["", "", "", "", "With", "in 30", " days", "", "."])
    #expect(shown(["[1]", "\nNO_AN", "SWER"]) == ["", "", ""])
    // What comes before the first mark is shown with it.
    let cited = ["Within 30", " days [", "1", "].", " And"]
    #expect(shown(cited) == ["", "", "", "Within 30 days [1].", " And"])
    // What names no passage lets nothing through, and is not shown either.
    let uncited = ["Surely", " yes [x]", " [0].", " [4]", " [9]", " [3]"]
    #expect(shown(uncited, passages: 3) == ["", "", "", "", "", "Surely yes [x]. [3]"])
    #expect(shown(["Surely [1]."], passages: 0) == [""])
  }

  @Test func whatIsQuotedIsHeldToBeSaid() {
    for text in ["> Within 90 days", "`Within 90 days`", "‘Within 90 days’", "»Within 90 days«", "「90日」"] {
      #expect(withheld(text, "supported") == .unsupported)
      #expect(withheld("Within 90 days.", "supported", to: [text]) == .unsupported)
    }
    #expect(withheld("Glad it helped!", "supported") == nil)
    #expect(withheld("You are always welcome here.", "supported", to: ["Thanks, that helped!"]) == nil)
  }

  @Test func onlyAToolThatAnsweredSupportsAnythingAndUnderCitedAnyCallDoes() {
    func isAnswer(_ outcome: String, _ status: Int?) -> Bool {
      ToolOutcome(outcome: outcome, reason: nil, status: status, sealed: nil, milliseconds: 0).isAnswer
    }
    #expect(isAnswer("succeeded", 200) && isAnswer("succeeded", nil) && isAnswer("failed", 404))
    #expect(!isAnswer("failed", 500) && !isAnswer("failed", nil) && !isAnswer("uncertain", nil))
    for status in [400, 409, 410, 422] { #expect(isAnswer("failed", status), "\(status)") }
    for status in [301, 302, 401, 403, 405, 429] { #expect(!isAnswer("failed", status), "\(status)") }
    // Too large, for instance.
    #expect(!isAnswer("failed", 200) && !isAnswer("uncertain", 404))
    var generation = Generation(input: EventID(UUID.version7()))
    #expect(!generation.isSupported(under: "cited"))
    generation.toolCalls = 1
    #expect(generation.isSupported(under: "cited"))
    #expect(!generation.isSupported(under: "supported") && !generation.isSupported(under: nil))
    generation.hasToolResult = true
    #expect(generation.isSupported(under: "supported"))
  }

  @Test func anAnswerThatIsBegunAnewCountsNothingTwice() {
    var state = GenerateState()
    state.escalations = ["angry twice": 1]
    state.generation = Generation(input: EventID(UUID.version7()), escalationsBefore: [:])
    state.dropGeneration()
    #expect(state.escalations == nil && state.generation == nil)
    state.escalations = ["angry twice": 2]
    state.generation = Generation(
      input: EventID(UUID.version7()), escalationsBefore: ["angry twice": 1])
    state.dropGeneration()
    #expect(state.escalations == ["angry twice": 1])
    // One that an earlier version began does not say.
    state.generation = Generation(input: EventID(UUID.version7()))
    state.dropGeneration()
    state.dropGeneration()
    #expect(state.escalations == ["angry twice": 1])
  }
}

@Suite struct OpeningTimesTests {
  let hours = BusinessHours(
    timeZone: "Europe/Berlin",
    open: (1...5).map { OpeningTime(day: $0, from: "09:00", to: "17:30") }
      + [OpeningTime(day: 6, from: "22:00", to: "24:00")], closedOn: ["2026-12-25"])

  func date(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

  @Test(arguments: [
    ("2026-11-27T08:00:00Z", true), ("2026-11-27T07:59:00Z", false), ("2026-11-27T16:29:59Z", true),
    ("2026-11-27T16:30:00Z", false), ("2026-11-28T22:59:00Z", true), ("2026-11-29T10:00:00Z", false),
    ("2026-12-25T10:00:00Z", false),
    // In summer Berlin is two hours ahead.
    ("2026-07-01T07:00:00Z", true), ("2026-07-01T15:30:00Z", false),
  ])
  func theLocalTimeOfTheDayCounts(at: String, isOpen: Bool) throws {
    #expect(try #require(OpeningTimes(hours)).isOpen(at: date(at)) == isOpen)
  }

  @Test func theNextOpeningIsFoundAcrossWeekendsHolidaysAndSummerTime() throws {
    let times = try #require(OpeningTimes(hours))
    #expect(try times.opens(after: date("2026-11-27T20:00:00Z")) == date("2026-11-28T21:00:00Z"))
    #expect(try times.opens(after: date("2026-12-24T20:00:00Z")) == date("2026-12-26T21:00:00Z"))
    #expect(try times.opens(after: date("2027-03-28T12:00:00Z")) == date("2027-03-29T07:00:00Z"))
    #expect(OpeningTimes(BusinessHours(timeZone: "Nowhere/Land", open: [])) == nil)
    #expect(
      try OpeningTimes(BusinessHours(timeZone: "UTC", open: []))?.opens(after: date("2026-11-27T20:00:00Z"))
        == nil)
  }

  @Test(arguments: [
    ("09:30", 570), ("24:00", 1_440), ("24:01", nil), ("9:30", nil), ("09:60", nil), ("-1:00", nil),
    ("ab:cd", nil),
    ("", nil), ("+9:00", nil),
  ])
  func aTimeOfTheDayIsReadStrictly(text: String, minutes: Int?) {
    #expect(OpeningTimes.minute(text) == minutes)
  }
}

@Suite struct ToolboxTests {
  let order = AgentTool(
    name: "order", kind: "order", url: "https://shop.example/orders/{order}",
    headers: [ToolHeader(name: "Authorization", value: "Bearer {secret.shop}")])
  let refund = AgentTool(
    name: "refund", kind: "http",
    parameters:
      #"{"type":"object","properties":{"id":{"type":"integer"},"why":{"type":"string"}},"required":["id"]}"#,
    method: "POST", url: "https://shop.example/refunds/{id}")

  func prepared(_ name: String, _ arguments: String) -> Toolbox.Prepared {
    Toolbox([order, refund], secrets: AgentSecrets(secrets: [AgentSecret(name: "shop", value: "s3")]))
      .prepare(ToolCall(id: "1", name: name, arguments: arguments))
  }

  @Test func argumentsGoWhereTheyBelong() throws {
    guard case .request(let get) = prepared("order", #"{"order":"A/1 ?&#"}"#),
      case .request(let post) = prepared("refund", #"{"why":"torn \"quote\"","id":7}"#)
    else {
      Issue.record("both are right")
      return
    }
    #expect(get.url == "https://shop.example/orders/A%2F1%20%3F%26%23" && get.method == "GET" && !get.changes)
    #expect(get.headers.contains(ToolHeader(name: "Authorization", value: "Bearer s3")))
    #expect(post.url == "https://shop.example/refunds/7" && post.changes)
    #expect(String(decoding: post.body, as: UTF8.self) == #"{"why":"torn \"quote\""}"#)
  }

  @Test(arguments: [
    ("order", "{}"), ("order", #"{"order":".."}"#), ("order", #"{"order":1}"#),
    ("order", #"{"order":"1","x":1}"#),
    ("order", "garbage"), ("order", #"{"order":"1","order":"2"}"#), ("nobody", "{}"),
    ("refund", #"{"id":"7"}"#),
  ])
  func whatIsNotRightIsRefused(name: String, arguments: String) {
    guard case .refused = prepared(name, arguments) else {
      Issue.record("\(name) \(arguments) was taken")
      return
    }
  }

  @Test func argumentsThatCannotBeCheckedAreRefusedWithThat() {
    let tool = AgentTool(
      name: "find", kind: "http",
      parameters:
        ##"{"type":"object","properties":{"by":{"$ref":"#/$defs/Code"}},"$defs":{"Code":{"pattern":"^(\\w+-?)+$"}}}"##,
      url: "https://shop.example/find")
    let toolbox = Toolbox([tool], secrets: nil)
    guard case .request = toolbox.prepare(ToolCall(id: "1", name: "find", arguments: #"{"by":"a-b"}"#)),
      case .refused(let reason, let words) = toolbox.prepare(
        ToolCall(id: "2", name: "find", arguments: #"{"by":"\#(String(repeating: "a", count: 60))!"}"#))
    else {
      Issue.record("one can be checked, the other cannot")
      return
    }
    #expect(reason == "arguments")
    #expect(words.contains("$.by cannot be checked against its pattern"))
  }

  @Test(arguments: [
    ("https://shop.example/x", ToolHosts.Access.publicInternet),
    ("https://a.b.shop.example/", .publicInternet),
    ("https://SHOP.example./", nil), ("http://shop.example/x", nil), ("https://shop.example:8443/", nil),
    ("https://shop.example@evil.example/", nil), ("https://evil.example/?shop.example", nil),
    ("https://evilshop.example/", nil), ("http://127.0.0.1:81/", .anywhere), ("http://127.0.0.1:82/", nil),
    ("ftp://shop.example/", nil), ("", nil),
  ])
  func onlyListedHostsAreCalled(url: String, access: ToolHosts.Access?) {
    #expect(ToolHosts("shop.example, *.shop.example private:127.0.0.1:81").access(to: url) == access)
    #expect(ToolHosts().access(to: url) == nil)
  }
}
