import Contracts
import Foundation
import Models
import Pipeline

/// One question with both answers.
extension WhatIfReport {
  func article(_ item: Comparison) -> String {
    """
    <article class="\(classes(item))" aria-label="Answer of \(Self.minute(item.exchange.time))"><header>
    <p class="meta"><span>\(Self.minute(item.exchange.time))</span>\
    <span>conversation <code>\(item.exchange.conversation)</code></span></p>
    <h3>\(escaped(item.exchange.question))</h3>
    \(tags(item))</header><div class="pair">
    <section><h4>Then, version \(item.exchange.version)</h4>\(side(item.exchange.answer))</section>
    <section><h4>Candidate</h4>\(new(item))</section>
    </div>\(more(item))</article>
    """
  }

  private func classes(_ item: Comparison) -> String {
    var classes: [String] = []
    if item.isSame { classes.append("same") }
    if item.isHandoverChanged { classes.append("handover") }
    if item.isCitationChanged { classes.append("citation") }
    if item.missingCall != nil { classes.append("missing") }
    if item.isWorse { classes.append("worse") }
    return classes.joined(separator: " ")
  }

  private func tags(_ item: Comparison) -> String {
    var tags: [(text: String, kind: String)] = []
    if item.isSame { tags.append(("same words", "good")) }
    if item.isHandoverChanged {
      tags.append((item.answer?.isHandedOver == true ? "now hands over" : "no longer hands over", "mark"))
    }
    if item.isCitationChanged { tags.append(("other citations", "mark")) }
    if item.missingCall != nil { tags.append(("call not recorded", "bad")) }
    if item.silence != nil { tags.append(("says nothing", "bad")) }
    if let judgement = item.judgement {
      let kind = item.isWorse ? "bad" : judgement.new > judgement.old ? "good" : "mark"
      tags.append(("judge \(judgement.old) → \(judgement.new)", kind))
    }
    guard !tags.isEmpty else { return "" }
    return "<p class=\"tags\">"
      + tags.map { "<span class=\"tag \($0.kind)\">\(escaped($0.text))</span>" }.joined() + "</p>"
  }

  private func new(_ item: Comparison) -> String {
    if let answer = item.answer { return side(answer) }
    guard let call = item.missingCall else {
      return "<p class=\"text none\">Says nothing: \(escaped(item.silence ?? "no answer"))</p>"
    }
    let said = item.saidBefore.map { "<p class=\"text\">\(escaped($0))</p>" } ?? ""
    return said
      + "<p class=\"text none\">Ends here: this call was not made, for it is not in the recording.</p>"
      + "<p class=\"call\"><code>\(escaped("\(call.name) \(call.arguments)"))</code></p>"
  }

  private func side(_ answer: Exchange.Answer) -> String {
    var facts = [Self.words(for: answer.kind)]
    if let model = answer.model { facts.append(model) }
    if let time = answer.milliseconds, answer.model != nil { facts.append(String(format: "%.0f ms", time)) }
    if let asked = answer.promptTokens, let said = answer.completionTokens {
      facts.append("\(asked) + \(said) tokens")
    }
    if let cost = Self.money(answer.costMicros, answer.currency) { facts.append(cost) }
    if !answer.citations.isEmpty {
      facts.append("cites \(answer.citations.map(String.init).joined(separator: ", "))")
    }
    if let why = answer.withheld { facts.append("what the model wrote was withheld: \(why)") }
    if answer.isResolved { facts.append("closes the conversation") }
    let text =
      answer.text.map { "<p class=\"text\">\(escaped($0))</p>" } ?? "<p class=\"text none\">no answer</p>"
    let handover = answer.handOver.map { reason in
      "<p class=\"person\">A person takes over: \(escaped(reason))"
        + (answer.rule.map { ", by the rule “\(escaped($0))”" } ?? "") + "</p>"
    }
    return text + (handover ?? "")
      + "<p class=\"meta\">\(facts.map { "<span>\(escaped($0))</span>" }.joined())</p>"
  }

  private static func words(for kind: String) -> String {
    switch ReplyKind(rawValue: kind) {
    case .model: "written by a model"
    case .extractive: "quoted from documents"
    case .fallback: "has no answer"
    case .handover: "hands over"
    case .outsideHours: "outside of opening hours"
    case .cached: "given before"
    case .template: "a template"
    case .greeting: "a greeting"
    case nil: kind
    }
  }

  private func more(_ item: Comparison) -> String {
    var parts: [String] = []
    func part(_ name: String, _ html: String) { parts.append("<dt>\(name)</dt><dd>\(html)</dd>") }
    if let reason = item.judgement?.reason, !reason.isEmpty { part("Judge", escaped(reason)) }
    if let failure = item.judgeFailure { part("Judge", "<span class=\"none\">\(escaped(failure))</span>") }
    for call in item.exchange.tools { part("Called then", self.call(call)) }
    for call in item.replayedCalls { part("From the recording", self.call(call)) }
    if !item.exchange.passages.isEmpty { part("Passages then", list(item.exchange.passages.map(\.title))) }
    if !item.passages.isEmpty { part("Passages now", list(item.passages)) }
    for turn in item.exchange.turns.dropLast(max(1, item.exchange.asked.count)).suffix(4) {
      part(turn.role == .user ? "Customer, before" : "Agent, before", escaped(turn.content))
    }
    guard !parts.isEmpty else { return "" }
    return "<details><summary>What stood behind it</summary><dl>\(parts.joined())</dl></details>"
  }

  private func call(_ call: RecordedCall) -> String {
    "<code>\(escaped("\(call.tool) \(call.arguments ?? "")"))</code> → \(escaped(String(call.result.prefix(400))))"
  }

  private func list(_ titles: [String]) -> String {
    "<ol>\(titles.map { "<li>\(escaped($0))</li>" }.joined())</ol>"
  }
}

extension Comparison {
  var isWorse: Bool { judgement.map { $0.new < $0.old } ?? false }
}
