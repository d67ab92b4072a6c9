import Contracts
import Foundation
import JSON
import Models

/// The tools of an agent: what a model is told of them, and what its calls come to. Pure: it makes requests, and
/// sends none.
package struct Toolbox: Sendable {
  package enum Prepared: Sendable {
    /// Not called; the words are for the model.
    case refused(reason: String, words: String)
    case handOver(why: String)
    case close
    case offer([MessageChoice])
    case pass(Location)
    case introduce([ContactCard])
    case request(ToolRequest)
  }

  private let tools: [AgentTool]
  private let secrets: AgentSecrets

  package init(_ tools: [AgentTool]?, secrets: AgentSecrets?) {
    self.tools = tools ?? []
    self.secrets = secrets ?? AgentSecrets(secrets: [])
  }

  /// What a model is told.
  package var chatTools: [ChatTool] {
    tools.map { ChatTool(name: $0.name, description: $0.shownDescription, parameters: $0.shownParameters) }
  }

  package subscript(name: String) -> AgentTool? { tools.first { $0.name == name } }

  package func prepare(_ call: ToolCall) -> Prepared {
    guard let tool = self[call.name] else {
      return .refused(reason: "unknown-tool", words: "There is no tool of that name.")
    }
    let arguments: JSONValue
    do throws(ArgumentSchema.Unsupported) {
      switch try ArgumentSchema(text: tool.shownParameters).read(call.arguments) {
      case .success(let value): arguments = value
      case .failure(let refusal):
        return .refused(
          reason: "arguments",
          words: "The arguments are not right: \(refusal.problems.joined(separator: "; "))")
      }
    } catch {
      return .refused(reason: "schema", words: "This tool cannot be used.")
    }
    switch tool.kind {
    case "hand-over": return .handOver(why: arguments["reason"]?.string ?? "")
    case "close": return .close
    case "choices": return offer(arguments)
    case "location": return place(arguments)
    case "contacts": return introduce(arguments)
    default: return request(tool, arguments)
    }
  }

  private func offer(_ arguments: JSONValue) -> Prepared {
    let choices = (arguments["options"]?.array ?? []).compactMap { option -> MessageChoice? in
      guard let title = option["title"]?.string, !title.allSatisfy(\.isWhitespace) else { return nil }
      return MessageChoice(title: title, payload: title, description: option["description"]?.string)
    }
    guard !choices.isEmpty, Set(choices.map(\.title)).count == choices.count else {
      return .refused(reason: "arguments", words: "Each option needs a title of its own.")
    }
    return .offer(choices)
  }

  private func place(_ arguments: JSONValue) -> Prepared {
    guard let latitude = arguments["latitude"]?.double, let longitude = arguments["longitude"]?.double,
      (-90...90).contains(latitude), (-180...180).contains(longitude)
    else {
      return .refused(
        reason: "arguments", words: "A place is within 90 degrees of latitude and 180 of longitude.")
    }
    return .pass(
      Location(
        latitude: latitude, longitude: longitude, name: arguments["name"]?.line,
        address: arguments["address"]?.line))
  }

  private func introduce(_ arguments: JSONValue) -> Prepared {
    let cards = (arguments["cards"]?.array ?? []).compactMap { card -> ContactCard? in
      let phones = (card["phones"]?.array ?? []).compactMap(\.line)
      let emails = (card["emails"]?.array ?? []).compactMap(\.line)
      guard let name = card["name"]?.line, !phones.isEmpty || !emails.isEmpty else { return nil }
      return ContactCard(name: name, phones: phones, emails: emails)
    }
    guard !cards.isEmpty, cards.count == arguments["cards"]?.array?.count else {
      return .refused(reason: "arguments", words: "Each card needs a name, and phones or emails.")
    }
    return .introduce(cards)
  }

  private func request(_ tool: AgentTool, _ arguments: JSONValue) -> Prepared {
    let method = tool.kind == "file" ? "GET" : tool.shownMethod
    var members = arguments.object ?? []
    guard var url = tool.url else { return .refused(reason: "no-url", words: "This tool cannot be used.") }
    for name in tool.placeholders {
      guard let index = members.firstIndex(where: { $0.key == name }),
        let text = members[index].value.plainText,
        // Servers would take them for a way up.
        text != ".", text != "..", !text.isEmpty
      else {
        return .refused(reason: "arguments", words: "The argument \(name) is missing or cannot be used.")
      }
      url = url.replacing("{\(name)}", with: percentEncoded(text))
      members.remove(at: index)
    }
    let isFile = tool.kind == "file"
    var headers = [("Accept", isFile ? "*/*" : "application/json, text/*;q=0.9")]
    for header in tool.headers ?? [] {
      guard let value = filled(header.value) else {
        return .refused(reason: "secret", words: "This tool cannot be used.")
      }
      headers.append((header.name, value))
    }
    var body: [UInt8] = []
    if method == "GET" || method == "DELETE" {
      let query = members.map {
        "\(percentEncoded($0.key))=\(percentEncoded($0.value.plainText ?? $0.value.text))"
      }
      if !query.isEmpty { url += (url.contains("?") ? "&" : "?") + query.joined(separator: "&") }
    } else {
      headers.append(("Content-Type", "application/json"))
      let rest = members.map { "\(JSONValue.quoted($0.key)):\($0.value.text)" }
      body = Array("{\(rest.joined(separator: ","))}".utf8)
    }
    return .request(
      ToolRequest(
        tool: tool.name, method: method, url: url,
        headers: headers.map { ToolHeader(name: $0.0, value: $0.1) },
        body: body, changes: tool.makesChanges, timeout: .milliseconds(tool.timeoutMilliseconds ?? 10_000),
        maximumBytes: tool.maximumBytes ?? (isFile ? 5 << 20 : 16_384)))
  }

  private func filled(_ value: String) -> String? { Self.filled(value) { secrets[$0] } }

  /// With its secrets; nil when one of them is not known.
  private static func filled(_ value: String, _ secret: (String) -> String?) -> String? {
    var result = ""
    var rest = value[...]
    while let open = rest.firstRange(of: "{secret.") {
      guard let end = rest[open.upperBound...].firstIndex(of: "}"),
        let secret = secret(String(rest[open.upperBound..<end]))
      else { return nil }
      result += rest[..<open.lowerBound] + secret
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  /// Stands for every secret that the tools name, where they are not called.
  static func withheldSecrets(of tools: [AgentTool]?) -> AgentSecrets {
    var names: Set<String> = []
    for header in (tools ?? []).flatMap({ $0.headers ?? [] }) {
      _ = filled(header.value) {
        names.insert($0)
        return ""
      }
    }
    return AgentSecrets(secrets: names.sorted().map { AgentSecret(name: $0, value: "withheld") })
  }

  private func percentEncoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .unreserved) ?? ""
  }
}

/// One call of a tool's server.
package struct ToolRequest: Sendable {
  package let tool: String
  package let method: String
  package let url: String
  package var headers: [ToolHeader]
  package let body: [UInt8]
  package let changes: Bool
  /// What the file that it gets is to be kept as; nil for what the model is to read.
  package var file: ToolFile.Place?
  package let timeout: Duration
  package let maximumBytes: Int
}

extension AgentTool {
  package static let kinds: Set = [
    "http", "order", "hand-over", "close", "choices", "location", "contacts", "file",
  ]

  /// The names in braces of its URL, each once.
  package var placeholders: [String] {
    var names: [String] = []
    var rest = (url ?? "")[...]
    while let open = rest.firstIndex(of: "{"), let end = rest[open...].firstIndex(of: "}") {
      let name = String(rest[rest.index(after: open)..<end])
      if !names.contains(name) { names.append(name) }
      rest = rest[rest.index(after: end)...]
    }
    return names
  }

  package var shownMethod: String { method ?? "GET" }
  package var makesChanges: Bool {
    kind == "http" || kind == "order" ? changes ?? (shownMethod != "GET") : false
  }

  package var shownDescription: String {
    if let description { return description }
    switch kind {
    case "hand-over":
      return "Gives the conversation to a person of the team. Use it when the customer wants that."
    case "close": return "Closes the conversation. Use it when the customer says that everything is settled."
    case "choices":
      return
        "Shows options to tap below your next answer, such as Yes and No. Use it when the customer is to choose from few."
    case "location":
      return
        "Sends a place on the map with your next answer. Use it only for a place whose coordinates you were given."
    case "contacts":
      return
        "Sends address cards with your next answer. Use it only for phone numbers and addresses that you were given."
    case "file": return "Sends a file with your next answer."
    case "order": return "Looks up an order of the customer by its number."
    default: return name
    }
  }

  package var shownParameters: String {
    if let parameters { return parameters }
    switch kind {
    case "hand-over":
      return
        #"{"type":"object","properties":{"reason":{"type":"string","maxLength":500}},"required":["reason"]}"#
    case "choices":
      return
        #"{"type":"object","properties":{"options":{"type":"array","minItems":1,"maxItems":10,"items":{"type":"object","properties":{"title":{"type":"string","minLength":1,"maxLength":24},"description":{"type":"string","maxLength":72}},"required":["title"],"additionalProperties":false}}},"required":["options"],"additionalProperties":false}"#
    case "location":
      return
        #"{"type":"object","properties":{"latitude":{"type":"number","minimum":-90,"maximum":90},"longitude":{"type":"number","minimum":-180,"maximum":180},"name":{"type":"string","maxLength":200},"address":{"type":"string","maxLength":500}},"required":["latitude","longitude"],"additionalProperties":false}"#
    case "contacts":
      return
        #"{"type":"object","properties":{"cards":{"type":"array","minItems":1,"maxItems":10,"items":{"type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":200},"phones":{"type":"array","maxItems":10,"items":{"type":"string","maxLength":50}},"emails":{"type":"array","maxItems":10,"items":{"type":"string","maxLength":254}}},"required":["name"],"additionalProperties":false}}},"required":["cards"],"additionalProperties":false}"#
    case "order":
      return
        #"{"type":"object","properties":{"order":{"type":"string","minLength":1,"maxLength":64}},"required":["order"],"additionalProperties":false}"#
    default: return #"{"type":"object","properties":{},"additionalProperties":false}"#
    }
  }
}

extension JSONValue {
  fileprivate var text: String { String(decoding: serialized(), as: UTF8.self) }

  /// A text of one line; nil for one that says nothing.
  fileprivate var line: String? {
    guard let text = string else { return nil }
    let words = text.split(whereSeparator: \.isWhitespace)
    return words.isEmpty ? nil : words.joined(separator: " ")
  }

  /// What stands in a URL for a scalar; nil for containers and null.
  fileprivate var plainText: String? {
    switch kind {
    case .string: string
    case .int, .double, .bool: text
    case .null, .array, .object: nil
    }
  }

  fileprivate static func quoted(_ text: String) -> String {
    (try? JSON.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}

extension AgentTool {
  /// Whether its parameters require an argument of that name.
  package func takes(_ name: String) -> Bool {
    guard let schema = try? JSONValue(parsing: Array(shownParameters.utf8)) else { return false }
    return schema["required"]?.array?.contains { $0.string == name } == true
  }
}
