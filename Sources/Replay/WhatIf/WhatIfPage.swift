import Contracts
import Foundation
import Models

extension WhatIfReport {
  /// One HTML file that needs nothing else: no script, no font, no address.
  package var html: String {
    let css = String(decoding: PackageResources.report_css, as: UTF8.self)
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>What if: \(escaped(candidate.title))</title><style>\(css)</style></head><body><main>
      <h1>What if \(escaped(candidate.title)) had answered?</h1>
      <p class="soft">\(comparisons.count) answers given from \(Self.time(sample.from))\
      \(sample.to.map { " until \(Self.time($0))" } ?? "") · seed \(sample.seed) · made \(Self.time(made)) in \
      \(String(format: "%.1f", seconds)) s · nothing was sent, no tool was called</p>
      \(cards)
      \(table)
      <h2>Side by side</h2>
      \(filters)
      \(comparisons.map(article).joined(separator: "\n"))
      </main></body></html>

      """
  }

  private var cards: String {
    let sum = summary
    var cards = [
      ("\(sum.count)", "answers compared"), ("\(sum.same)", "say the same"),
      ("\(sum.handoverChanges)", "hand-overs change"), ("\(sum.citationChanges)", "citations change"),
      ("\(sum.missingCalls)", "calls not in the recording"), ("\(sum.failed)", "without an answer"),
    ]
    if sum.new.score != nil {
      cards.append(("\(sum.better) / \(sum.worse)", "better / worse, says the judge"))
    }
    let items = cards.map { "<div class=\"card\"><b>\($0.0)</b><span>\($0.1)</span></div>" }
    return "<div class=\"cards\">\(items.joined())</div>"
  }

  private var table: String {
    let sum = summary
    func number(_ value: Double?, _ format: String) -> String {
      value.map { String(format: format, $0) } ?? "–"
    }
    func row(_ name: String, _ old: String, _ new: String) -> String {
      "<tr><td>\(name)</td><td>\(old)</td><td>\(new)</td></tr>"
    }
    return """
      <table><thead><tr><th></th><th>Then</th><th>Candidate</th></tr></thead><tbody>
      \(row("Time to answer, median", number(sum.old.percentile(0.5), "%.0f ms"), number(sum.new.percentile(0.5), "%.0f ms")))
      \(row("Time to answer, p95", number(sum.old.percentile(0.95), "%.0f ms"), number(sum.new.percentile(0.95), "%.0f ms")))
      \(row("Prompt tokens", "\(sum.old.promptTokens)", "\(sum.new.promptTokens)"))
      \(row("Answer tokens", "\(sum.old.completionTokens)", "\(sum.new.completionTokens)"))
      \(row("Cost", Self.money(sum.old.costMicros, sum.currency) ?? "–", Self.money(sum.new.costMicros, sum.currency) ?? "–"))
      \(row("Hand-overs by rule", "\(sum.old.handovers)", "not rehearsed"))
      \(row("Judge’s score, mean of 1 to 5", number(sum.old.score, "%.2f"), number(sum.new.score, "%.2f")))
      </tbody></table>
      """
  }

  private var filters: String {
    let all = [
      ("changed", "only what changed"), ("handover", "hand-over changes"), ("citation", "citation changes"),
      ("missing", "calls not recorded"), ("worse", "worse, says the judge"),
    ]
    return "<nav aria-label=\"Show\">"
      + all.map { "<label><input type=\"checkbox\" id=\"only-\($0.0)\">\($0.1)</label>" }.joined() + "</nav>"
  }

  private func article(_ item: Comparison) -> String {
    let isWorse = item.judgement.map { $0.new < $0.old } ?? false
    var classes: [String] = []
    if item.isSame { classes.append("same") }
    if item.isHandoverChanged { classes.append("handover") }
    if item.isCitationChanged { classes.append("citation") }
    if !item.missingCalls.isEmpty { classes.append("missing") }
    if isWorse { classes.append("worse") }
    var tags: [String] = []
    if item.isSame { tags.append(tag("same", "good")) }
    if item.isHandoverChanged {
      tags.append(tag("now hands over", "mark"))
    }
    if item.isCitationChanged { tags.append(tag("other citations", "mark")) }
    if !item.missingCalls.isEmpty { tags.append(tag("\(item.missingCalls.count) calls not recorded", "bad")) }
    if let judgement = item.judgement {
      tags.append(
        tag(
          "judge \(judgement.old) → \(judgement.new)",
          isWorse ? "bad" : judgement.new > judgement.old ? "good" : "mark"))
    }
    return """
      <article class="\(classes.joined(separator: " "))"><header>
      <div class="meta"><span>\(Self.time(item.exchange.time))</span><span>conversation \(item.exchange.conversation)</span>\
      \(tags.joined())</div>
      <p>\(escaped(item.exchange.question))</p></header><div class="pair">
      <section><h3>Then, version \(item.exchange.version)</h3>\(side(item.exchange.answer, nil))</section>
      <section><h3>Candidate</h3>\(item.answer.map { side($0, nil) } ?? side(nil, item.failure))</section>
      </div>\(more(item))</article>
      """
  }

  private func tag(_ text: String, _ kind: String) -> String {
    "<span class=\"tag \(kind)\">\(escaped(text))</span>"
  }

  private func side(_ answer: Exchange.Answer?, _ failure: String?) -> String {
    guard let answer else { return "<p class=\"text none\">\(escaped(failure ?? "no answer"))</p>" }
    var facts = [answer.kind]
    if let model = answer.model { facts.append(model) }
    if let time = answer.milliseconds { facts.append(String(format: "%.0f ms", time)) }
    if let asked = answer.promptTokens, let said = answer.completionTokens {
      facts.append("\(asked) + \(said) tokens")
    }
    if let cost = Self.money(answer.costMicros, answer.currency) { facts.append(cost) }
    if !answer.citations.isEmpty {
      facts.append("cites \(answer.citations.map(String.init).joined(separator: ", "))")
    }
    if answer.isHandedOver { facts.append("hands over") }
    let text =
      answer.text.map { "<p class=\"text\">\(escaped($0))</p>" } ?? "<p class=\"text none\">no answer</p>"
    return text + "<div class=\"meta\">\(facts.map { "<span>\(escaped($0))</span>" }.joined())</div>"
  }

  private func more(_ item: Comparison) -> String {
    var parts: [String] = []
    if let reason = item.judgement?.reason, !reason.isEmpty {
      parts.append("<p>Judge: \(escaped(reason))</p>")
    }
    if let failure = item.judgeFailure { parts.append("<p class=\"none\">Judge: \(escaped(failure))</p>") }
    for call in item.missingCalls {
      parts.append(
        "<p class=\"none\">Not made, not recorded: <code>\(escaped("\(call.tool) \(call.arguments)"))</code></p>"
      )
    }
    for call in item.replayedCalls {
      parts.append(
        "<p>From the recording: <code>\(escaped("\(call.tool) \(call.arguments) → \(call.result.prefix(400))"))</code></p>"
      )
    }
    if !item.exchange.passages.isEmpty || !item.passages.isEmpty {
      parts.append(
        "<p>Passages then: \(escaped(item.exchange.passages.map(\.title).joined(separator: " · ")))<br>"
          + "Passages now: \(escaped(item.passages.joined(separator: " · ")))</p>")
    }
    let before = item.exchange.turns.dropLast().suffix(4)
    for turn in before {
      parts.append("<p class=\"soft\">\(turn.role.rawValue): \(escaped(turn.content))</p>")
    }
    return parts.isEmpty ? "" : "<details><summary>What stood behind it</summary>\(parts.joined())</details>"
  }

  private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
  }
}
