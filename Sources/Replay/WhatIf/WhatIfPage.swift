import Contracts
import Foundation

extension WhatIfReport {
  /// One HTML file that needs nothing else: no script, no font, no address.
  package var html: String {
    let css = String(decoding: PackageResources.report_css, as: UTF8.self)
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>What if \(escaped(candidate.title)) had answered?</title><style>\(css)</style></head><body>
      <header class="top"><div><p class="eyebrow">What if … had answered?</p><h1>\(escaped(candidate.title))</h1>
      <p class="soft">\(comparisons.count) answers given \(period) · seed \(sample.seed) · made \(Self.minute(made)) in \
      \(String(format: "%.1f", seconds)) s<br>Nothing was sent, and no tool was called.</p></div></header>
      <main>\(overview)
      <section aria-labelledby="side"><h2 id="side">Side by side</h2>
      \(filters)
      \(comparisons.map(article).joined(separator: "\n"))
      </section></main></body></html>

      """
  }

  private var period: String {
    let from = sample.from == .distantPast ? "at any time" : "from \(Self.minute(sample.from))"
    return from + (sample.to.map { " until \(Self.minute($0))" } ?? "")
  }

  // MARK: Overview

  private var overview: String {
    let sum = summary
    return """
      <section aria-labelledby="overview"><h2 id="overview">Overview</h2>
      \(bar(sum))
      <div class="tables">\(figures(sum))\(handovers(sum))</div>\(limits)</section>
      """
  }

  private var limits: String {
    remarks.map { "<p class=\"soft limit\">\(escaped($0))</p>" }.joined()
  }

  /// What became of all answers, as one line and in words.
  private func bar(_ sum: ComparisonSummary) -> String {
    let other = sum.count - sum.same - sum.missingCalls - sum.silent
    let parts = [
      (sum.same, "same", "say the same"), (other, "other", "say something else"),
      (sum.missingCalls, "stopped", "end at a call that was not recorded"),
      (sum.silent, "silent", "say nothing"),
    ].filter { $0.0 > 0 }
    let line = parts.map { "<i class=\"\($0.1)\" style=\"flex-grow:\($0.0)\"></i>" }.joined()
    let words = parts.map { "<li class=\"\($0.1)\"><b>\($0.0)</b> \($0.2)</li>" }.joined()
    return "<div class=\"bar\" aria-hidden=\"true\">\(line)</div><ul class=\"legend\">\(words)</ul>"
  }

  private func figures(_ sum: ComparisonSummary) -> String {
    let (old, new) = (sum.old, sum.new)
    let money = { (micros: Int64?) in micros.map { Double($0) / 1_000_000 } }
    let currency = sum.currency.map { " \($0)" } ?? ""
    var rows = [
      row("Time to answer, median", old.percentile(0.5), new.percentile(0.5), "%.0f", " ms"),
      row("Time to answer, p95", old.percentile(0.95), new.percentile(0.95), "%.0f", " ms"),
      row("Cost", money(old.costMicros), money(new.costMicros), "%.4f", currency),
      row("Prompt tokens", Double(old.promptTokens), Double(new.promptTokens), "%.0f", ""),
      row("Answer tokens", Double(old.completionTokens), Double(new.completionTokens), "%.0f", ""),
      row("Answers that cite a passage", Double(old.cited), Double(new.cited), "%.0f", ""),
    ]
    if new.score != nil {
      rows.append(row("Judge’s score, 1 to 5", old.score, new.score, "%.2f", ""))
      rows.append(
        "<tr><th scope=\"row\">Better or worse, says the judge</th>"
          + "<td colspan=\"3\">\(sum.better) better, \(sum.worse) worse</td></tr>")
    }
    return table("What it takes", "", rows)
  }

  private func handovers(_ sum: ComparisonSummary) -> String {
    let reasons = Set(sum.old.handovers.keys).union(sum.new.handovers.keys).sorted()
    let all = { (side: ComparisonSummary.Side) in Double(side.handovers.values.reduce(0, +)) }
    let rows =
      [row("All", all(sum.old), all(sum.new), "%.0f", "")]
      + reasons.map {
        row(escaped($0), Double(sum.old.handovers[$0] ?? 0), Double(sum.new.handovers[$0] ?? 0), "%.0f", "")
      }
    return table("Given to a person", "Reason", rows)
  }

  private func table(_ caption: String, _ first: String, _ rows: [String]) -> String {
    """
    <div class="wide"><table><caption>\(caption)</caption><thead><tr>\
    \(first.isEmpty ? "<td></td>" : "<th scope=\"col\">\(first)</th>")\
    <th scope="col">Then</th><th scope="col">Candidate</th><th scope="col">Change</th></tr></thead>
    <tbody>\(rows.joined())</tbody></table></div>
    """
  }

  private func row(_ name: String, _ old: Double?, _ new: Double?, _ format: String, _ unit: String) -> String
  {
    func text(_ value: Double?) -> String { value.map { String(format: format, $0) + unit } ?? "–" }
    var change = "–"
    if let old, let new, old != new {
      change = String(format: "%+.0f %%", (new - old) / old * 100)
      if old == 0 { change = "+" + text(new) }
    } else if old != nil, new != nil {
      change = "same"
    }
    return
      "<tr><th scope=\"row\">\(name)</th><td>\(text(old))</td><td>\(text(new))</td><td>\(change)</td></tr>"
  }

  // MARK: What is shown

  private var filters: String {
    let choices: [(id: String, name: String, count: Int)] = [
      ("changed", "other words", comparisons.count { !$0.isSame }),
      ("handover", "hand-over changes", comparisons.count(where: \.isHandoverChanged)),
      ("citation", "citations change", comparisons.count(where: \.isCitationChanged)),
      ("missing", "calls not recorded", comparisons.count { $0.missingCall != nil }),
      ("worse", "worse, says the judge", comparisons.count(where: \.isWorse)),
    ].filter { $0.2 > 0 }
    guard !choices.isEmpty else { return "" }
    let boxes = choices.map {
      "<label><input type=\"checkbox\" id=\"only-\($0.id)\">\($0.name) <span>\($0.count)</span></label>"
    }
    return "<fieldset><legend>Show only</legend>\(boxes.joined())</fieldset>"
  }

  static func minute(_ date: Date) -> String {
    date.formatted(
      .iso8601.year().month().day().dateTimeSeparator(.space).time(includingFractionalSeconds: false)
    )
    .prefix(16) + " UTC"
  }

  func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
  }
}
