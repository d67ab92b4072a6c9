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
