import Contracts
import Foundation
import HTTPClient
import Models
import Pipeline

/// Holds a definition against what the engine has: models, hosts for tools, time zones, secrets. What passes can be
/// acted on as it stands.
struct AgentCheck: Sendable {
  let models: ModelCatalogue
  let hosts: ToolHosts

  func check(_ definition: AgentDefinition, secrets: AgentSecrets?) throws(Problem) {
    try checkModels(definition)
    if let hours = definition.hours { try check(hours) }
    try check(definition.escalation ?? [])
    try check(definition.tools ?? [], secrets)
  }

  private func checkModels(_ definition: AgentDefinition) throws(Problem) {
    guard !models.models.isEmpty, !models.passesNamesOn else { return }
    for name in [definition.model].compactMap({ $0 }) + (definition.fallbackModels ?? [])
    where models[name] == nil {
      throw Problem(.invalidContent, "$.model: no model is configured as \(name)")
    }
  }

  private func check(_ hours: BusinessHours) throws(Problem) {
    guard OpeningTimes(hours) != nil else {
      throw Problem(.invalidContent, "$.hours.time_zone is not in the time zone database")
    }
    guard hours.open.count <= 100, hours.closedOn?.count ?? 0 <= 1_000 else {
      throw Problem(.invalidContent, "$.hours has too many entries")
    }
    for span in hours.open {
      guard (1...7).contains(span.day) else {
        throw Problem(.invalidContent, "$.hours.open: a day is 1 (Monday) to 7 (Sunday)")
      }
      guard let from = OpeningTimes.minute(span.from), let to = OpeningTimes.minute(span.to), from < to else {
        throw Problem(.invalidContent, "$.hours.open: \(span.from) to \(span.to) is no span of a day")
      }
    }
    for day in hours.closedOn ?? [] {
      guard day.utf8.count == 10, (try? Date(day, strategy: .iso8601.year().month().day())) != nil else {
        throw Problem(.invalidContent, "$.hours.closed_on: \(day) is no date")
      }
    }
  }

  private func check(_ rules: [EscalationRule]) throws(Problem) {
    guard rules.count <= 50, Set(rules.map(\.name)).count == rules.count else {
      throw Problem(.invalidContent, "$.escalation has more than 50 rules, or two of one name")
    }
    for rule in rules {
      try CommandBounds.check(rule.name, "$.escalation.name", atMost: CommandBounds.name)
      if let text = rule.text {
        try CommandBounds.check(text, "$.escalation.text", atMost: CommandBounds.message)
      }
      guard rule.keywords?.count ?? 0 <= 200, rule.intents?.count ?? 0 <= 200,
        (1...100).contains(rule.times ?? 1),
        (0...1).contains(rule.confidenceBelow ?? 0)
      else {
        throw Problem(.invalidContent, "$.escalation: a number of the rule \(rule.name) is out of bounds")
      }
      guard rule.hasCondition else {
        throw Problem(.invalidContent, "$.escalation: the rule \(rule.name) has no condition")
      }
    }
  }

  private func check(_ tools: [AgentTool], _ secrets: AgentSecrets?) throws(Problem) {
    guard tools.count <= 32, Set(tools.map(\.name)).count == tools.count else {
      throw Problem(.invalidContent, "$.tools has more than 32 tools, or two of one name")
    }
    for secret in secrets?.secrets ?? [] {
      guard secret.name.isToolName, (1...4_096).contains(secret.value.utf8.count), secret.value.isHeaderValue
      else {
        throw Problem(.invalidContent, "$.secrets: a secret has a name or a value that cannot be used")
      }
    }
    for tool in tools { try check(tool, secrets) }
  }

  private func check(_ tool: AgentTool, _ secrets: AgentSecrets?) throws(Problem) {
    func refuse(_ why: String) -> Problem {
      Problem(.invalidContent, "$.tools: \(tool.name.prefix(64)): \(why)")
    }
    guard tool.name.isToolName else { throw refuse("a name is 1 to 64 letters, digits, - and _") }
    guard AgentTool.kinds.contains(tool.kind) else {
      throw refuse("the kind is none of \(AgentTool.kinds.sorted().joined(separator: ", "))")
    }
    guard (1...30_000).contains(tool.timeoutMilliseconds ?? 1),
      (1...(tool.kind == "file" ? 16 << 20 : 65_536)).contains(tool.maximumBytes ?? 1),
      tool.description?.unicodeScalars.count ?? 0 <= 2_000
    else { throw refuse("a bound is exceeded") }
    do { _ = try ArgumentSchema(text: tool.shownParameters) } catch { throw refuse("parameters: \(error)") }
    guard ["http", "order", "file"].contains(tool.kind) else { return }
    guard tool.kind != "file" || tool.shownMethod == "GET" else { throw refuse("a file is got with GET") }
    guard ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(tool.shownMethod) else {
      throw refuse("the method is not supported")
    }
    try checkURL(tool, refuse)
    for header in tool.headers ?? [] {
      guard header.name.isToolName, header.value.isHeaderValue,
        !["content-length", "transfer-encoding", "host", "connection", "content-type", "idempotency-key"]
          .contains(header.name.lowercased())
      else { throw refuse("the header \(header.name.prefix(64)) cannot be set") }
      for name in header.secretNames where secrets?[name] == nil {
        throw refuse("there is no secret of the name \(name)")
      }
    }
  }

  private func checkURL(_ tool: AgentTool, _ refuse: (String) -> Problem) throws(Problem) {
    guard let url = tool.url, url.utf8.count <= 2_000 else { throw refuse("url is missing or too long") }
    let path = url.firstRange(of: "://").flatMap { url[$0.upperBound...].firstIndex(of: "/") } ?? url.endIndex
    guard !url[..<path].contains("{") else { throw refuse("arguments go into a url after its host") }
    var filled = url
    for name in tool.placeholders {
      guard tool.takes(name) else { throw refuse("parameters do not require \(name), which the url names") }
      filled = filled.replacing("{\(name)}", with: "x")
    }
    guard hosts.access(to: filled) != nil else {
      throw refuse("the host is not among those that this engine may call (AIGENTABLE_TOOL_HOSTS)")
    }
  }
}

extension EscalationRule {
  fileprivate var hasCondition: Bool {
    keywords != nil || asksForPerson == true || intents != nil || confidenceBelow != nil || outOfScope != nil
      || sentiment != nil || label != nil || noAnswer == true || modelFailed == true
  }
}

extension ToolHeader {
  fileprivate var secretNames: [String] {
    value.split(separator: "{secret.", omittingEmptySubsequences: false).dropFirst()
      .map { String($0.prefix { $0 != "}" }) }
  }
}

extension String {
  fileprivate var isToolName: Bool {
    (1...64).contains(utf8.count)
      && utf8.allSatisfy {
        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 95
      }
  }

  fileprivate var isHeaderValue: Bool { utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
}
