import Contracts
import Foundation
import Models
import Pipeline
import TestKit
import Testing

@testable import Replay

/// The report in a real browser.
@Suite struct ReportPageTests {
  @Test func aReportIsReadOnAPhoneAndADeskByEverybody() async throws {
    let report = try await report()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let page = folder.appendingPathComponent("report.html")
    try Data(report.html.utf8).write(to: page)
    let browser = try BrowserProgram("report.py", ["file://\(page.path)"], beside: #filePath)
    try await browser.run { line in Issue.record("the browser said: \(line)") }
  }

  /// Cost, time, tokens, hand-overs and citations of both sides, in the page and line by line in the file.
  @Test func theFiguresAreThoseOfBothSides() async throws {
    func then(_ handOver: String?, _ milliseconds: Double) -> Exchange.Answer {
      .init(
        text: "Then [1].", kind: "model", model: "large", promptTokens: 1_000, completionTokens: 100,
        milliseconds: milliseconds, costMicros: 4_000, currency: "USD", citations: [1], handOver: handOver)
    }
    var comparisons: [Comparison] = []
    for (question, answer, said) in [
      ("One?", then(nil, 1_000), "Now [1]."), ("Two?", then("asked", 3_000), "Now and nothing of it."),
    ] {
      comparisons.append(
        try await .forTests(.forTests(question, answer, passages: ["Returns"]), saying: said))
    }
    comparisons[0].judgement = .init(old: 2, new: 4, reason: "clearer")
    let report = WhatIfReport(
      candidate: Candidate(
        agent: AgentID(UUID()), name: "Shop", version: 2,
        definition: AgentDefinition(instructions: "", fallback: "")),
      sample: WhatIfSample(agent: AgentID(UUID()), from: .distantPast, to: nil, size: 2),
      comparisons: comparisons, leftOut: LeftOut(), made: Date(), seconds: 1)
    // 812 and 64 tokens at 0.15 and 0.6 for a million of them.
    let cost = try #require(comparisons[0].answer?.costMicros)
    #expect((160...161).contains(cost) && comparisons[1].answer?.costMicros == cost)
    let times = try comparisons.map { try #require($0.answer?.milliseconds) }
    func row(_ name: String, _ old: String, _ new: String, _ change: String? = nil) -> String {
      "<tr><th scope=\"row\">\(name)</th><td>\(old)</td><td>\(new)</td>"
        + (change.map { "<td>\($0)</td></tr>" } ?? "")
    }
    let slowest = String(format: "%.0f ms", times.max() ?? 0)
    for line in [
      row("Time to answer, median", "3000 ms", slowest), row("Time to answer, p95", "3000 ms", slowest),
      row("Cost", "0.0080 USD", String(format: "%.4f USD", Double(cost * 2) / 1_000_000), "-96 %"),
      row("Prompt tokens", "2000", "1624", "-19 %"), row("Answer tokens", "200", "128", "-36 %"),
      row("Answers that cite a passage", "2", "1", "-50 %"), row("All", "1", "0", "-100 %"),
      row("asked", "1", "0", "-100 %"), row("Judge’s score, 1 to 5", "2.00", "4.00", "+100 %"),
    ] { #expect(report.html.contains(line), "\(line)") }
    #expect(report.html.contains("1 better, 0 worse"))
    #expect(report.html.contains("hand-over changes <span>1</span>"))
    #expect(report.html.contains("citations change <span>1</span>"))

    let lines = report.csv.split(separator: "\r\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(lines.count == 3)
    let columns = Dictionary(uniqueKeysWithValues: zip(lines[0], lines[0].indices))
    func value(_ line: Int, _ column: String) -> String? { columns[column].map { lines[line][$0] } }
    for (line, expected) in [
      (
        1,
        [
          "old_cost_micros": "4000", "new_cost_micros": "\(cost)", "old_milliseconds": "1000.0",
          "new_milliseconds": "\(times[0])", "citations_change": "false", "old_handover": "",
          "new_handover": "", "old_score": "2", "new_score": "4", "judge_reason": "clearer",
          "currency": "USD",
        ]
      ),
      (
        2,
        [
          "old_handover": "asked", "new_handover": "", "citations_change": "true", "old_citations": "1",
          "new_citations": "", "old_prompt_tokens": "1000", "new_prompt_tokens": "812",
          "old_completion_tokens": "100", "new_completion_tokens": "64", "new_model": "small-2026",
        ]
      ),
    ] {
      for (column, text) in expected { #expect(value(line, column) == text, "\(column) of line \(line)") }
    }
  }

  private func report() async throws -> WhatIfReport {
    let order = AgentTool(name: "order", kind: "order", url: "https://shop.example/orders/{order}")
    let tools = AgentDefinition(instructions: "Answer.", fallback: "I do not know.", tools: [order])
    let rules = AgentDefinition(
      instructions: "Answer.", fallback: "I do not know.",
      texts: AgentTexts(handover: "A colleague will look into this and write to you."),
      escalation: [EscalationRule(name: "legal matters", keywords: ["lawyer"])])
    func then(_ text: String, _ citations: [Int] = [], handOver: String? = nil) -> Exchange.Answer {
      .init(
        text: text, kind: handOver == nil ? "model" : "handover", model: "large-2025", promptTokens: 1_430,
        completionTokens: 120, milliseconds: 1_240, costMicros: 4_100, currency: "USD", citations: citations,
        handOver: handOver)
    }
    let recorded = RecordedCall(
      tool: "order", arguments: #"{"order":"A-17"}"#, result: #"{"state":"shipped"}"#)
    let hold = [
      ChatMessage(role: .user, content: "Hello"),
      ChatMessage(role: .assistant, content: "Hello, how can I help?"),
    ]
    var same = try await Comparison.forTests(
      .forTests(
        "How long may I return a jacket?", then("Within 30 days [1].\n\n[1] Returns and refunds", [1]),
        passages: ["Returns and refunds", "Delivery"]), saying: "Within 30 days [1].")
    same.judgement = .init(old: 4, new: 4, reason: "Both say the same.")
    var worse = try await Comparison.forTests(
      .forTests(
        "Do you ship to Norway, and what does it cost? My sister lives in Tromsø and would like the tent that I have.",
        then("Yes, to all of Norway, for 14 EUR; it takes five to seven days [2].\n\n[2] Delivery", [2]),
        passages: ["Returns and refunds", "Delivery"], before: hold),
      saying: "We ship to many countries. Please see our website for the costs.")
    worse.judgement = .init(old: 5, new: 2, reason: "The second names neither the price nor the time.")
    let handed = try await Comparison.forTests(
      .forTests("My lawyer will write to you about the broken stove.", then("I am sorry to hear that.")),
      saying: "", definition: rules)
    let kept = try await Comparison.forTests(
      .forTests("Can I talk to somebody?", then("Somebody will be with you.", handOver: "asked")),
      saying: "What is it about? I may be able to help at once.")
    let looked = try await Comparison.forTests(
      .forTests("Where is order A-17?", then("It was shipped."), tools: [recorded]),
      saying: "It is shipped.",
      calling: [ToolCall(id: "1", name: "order", arguments: #"{ "order": "A-17" }"#)],
      definition: tools)
    let stopped = try await Comparison.forTests(
      .forTests("And order B-\(String(repeating: "0", count: 90))?", then("That one is being packed.")),
      saying: "Let me look.", calling: [ToolCall(id: "1", name: "order", arguments: #"{"order":"B-2"}"#)],
      definition: tools)
    let items = [same, worse, handed, kept, looked, stopped]
    return WhatIfReport(
      candidate: Candidate(
        agent: AgentID(UUID()), name: "Larkfield Outdoor", version: 7, definition: tools, model: "small"),
      sample: WhatIfSample(
        agent: AgentID(UUID()), from: Date(timeIntervalSince1970: 1_772_323_200), to: nil, size: 6, seed: 42),
      comparisons: items,
      leftOut: LeftOut(skipped: ["handed-over": 41, "no-agent": 2], erased: 1, outsideWindow: 3),
      made: Date(timeIntervalSince1970: 1_772_532_000), seconds: 3.4)
  }
}
