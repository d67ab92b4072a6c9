import Contracts

/// An agent as a caller describes it; what is left out has its default.
struct AgentInput: Decodable, Sendable {
  let name: String?
  let instructions: String
  let language: String?
  let fallback: String?
  let model: String?
  let temperature: Double?
  let maximumTokens: Int?
  let passages: Int?
  let debounceMilliseconds: Int?
  let template: MessageTemplate?

  enum CodingKeys: String, CodingKey {
    case name, instructions, language, fallback, model, temperature
    case maximumTokens = "maximum_tokens"
    case passages
    case debounceMilliseconds = "debounce_milliseconds"
    case template
  }

  func definition() throws(Problem) -> AgentDefinition {
    try CommandBounds.check(instructions, "$.instructions", atMost: CommandBounds.instructions)
    let fallback = fallback ?? "I do not know. A person will get back to you."
    try CommandBounds.check(fallback, "$.fallback", atMost: CommandBounds.message)
    if let model { try CommandBounds.check(model, "$.model", atMost: CommandBounds.name) }
    let language = language ?? "english"
    try CommandBounds.check(language, "$.language", atMost: 63)
    let temperature = temperature ?? 0.2
    guard (0...2).contains(temperature) else {
      throw Problem(.invalidContent, "$.temperature must be 0 to 2")
    }
    try template?.check("$.template")
    return AgentDefinition(
      instructions: instructions, language: language, fallback: fallback, model: model,
      temperature: temperature, maximumTokens: try bounded(maximumTokens, 500, 1...100_000, "maximum_tokens"),
      passages: try bounded(passages, 4, 1...20, "passages"),
      debounceMilliseconds: try bounded(debounceMilliseconds, 0, 0...60_000, "debounce_milliseconds"),
      template: template)
  }

  private func bounded(
    _ value: Int?, _ standard: Int, _ range: ClosedRange<Int>, _ name: String
  ) throws(Problem) -> Int {
    let value = value ?? standard
    guard range.contains(value) else {
      throw Problem(.invalidContent, "$.\(name) must be \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }
}
