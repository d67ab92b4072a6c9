import ArgumentParser
import Contracts
import Foundation
import JSON
import Pipeline
import Replay

struct AuditTimeline: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timeline",
    abstract: "Show a conversation as it was at any moment, with who knew what.",
    discussion: """
      Made from the log alone, whatever the read models say: the messages as they were then, and for each answer the \
      agent's version, the passages, the prompt, the tools, and the model's words. What was sealed for someone \
      who was erased since is said to be gone; the facts stay.
      """)

  @Argument(help: "The id of the conversation.") var conversation: String
  @Option(help: "The moment, as 2026-03-01T10:00:00Z; now when it is left out.") var at: String?
  @Flag(help: "Print one JSON object, with every event.") var json = false

  func run() async throws {
    guard let id = ConversationID(conversation) else {
      throw ValidationError("'\(conversation)' is not the id of a conversation")
    }
    let moment = try at.map { try CommandTime.parse($0, "--at") }
    let timeline = try await Foundations.with(connections: 4) { foundations in
      try await TimelineReader(log: foundations.log, pool: foundations.pool, keyring: foundations.keyring)
        .read(id, at: moment)
    }
    if json { return print(String(decoding: try JSON.encode(timeline), as: UTF8.self)) }
    print("conversation \(timeline.conversation), \(timeline.state), of tenant \(timeline.tenant)")
    for message in timeline.messages {
      let marks = (message.edits > 0 ? ", edited" : "") + (message.isDeleted ? ", deleted" : "")
      print(
        "\n\(message.at.formatted(.iso8601WithMilliseconds))  \(message.by)  \(message.status)\(marks)\n"
          + "    \(shown(message.text, message.isErased))")
      if let answer = timeline.answers.first(where: { $0.reply?.description == message.id }) { tell(answer) }
    }
    print("\n\(timeline.events.count) events; --json prints all of them")
  }

  private func tell(_ answer: Timeline.Answer) {
    print(
      "    by \(answer.agentName ?? "agent") version \(answer.agentVersion)"
        + (answer.model.map { ", model \($0)" } ?? ", \(answer.kind)")
        + (answer.index.map { ", index \($0)" } ?? "")
        + (answer.promptTokens.map { ", \($0) tokens asked" } ?? "")
        + (answer.completionTokens.map { ", \($0) answered" } ?? ""))
    for (number, passage) in answer.passages.enumerated() {
      let mark = answer.citations.contains(number + 1) ? "cited" : "not cited"
      let text = passage.text.map { "\($0.prefix(80).replacing("\n", with: " "))…" }
      print(
        "    passage \(number + 1), \(mark): "
          + (passage.title.map { "\($0): " } ?? "of document \(passage.document): ")
          + shown(text, answer.isErased))
    }
    for tool in answer.tools { print("    tool \(tool.tool), \(tool.outcome): \(tool.arguments ?? "")") }
    guard let prompt = answer.prompt else { return }
    let note =
      switch answer.isPromptExact {
      case true?: "as it was sent"
      case false?: "assembled again; what was sent differs, since something of it was changed or erased"
      case nil: "assembled again; what was sent is not recorded"
      }
    print("    prompt, \(note):")
    for turn in prompt {
      let calls = (turn.calls ?? []).map { "\n(calls \($0.tool) with \($0.arguments))" }.joined()
      print("      \(turn.role): " + (turn.text + calls).replacing("\n", with: "\n      "))
    }
  }

  private func shown(_ text: String?, _ isErased: Bool) -> String {
    text?.replacing("\n", with: "\n    ") ?? (isErased ? "(erased: its key is gone)" : "(no text)")
  }
}

/// Times on the command line.
enum CommandTime {
  /// RFC 3339 in UTC with or without milliseconds, or a day, which is its beginning.
  static func parse(_ text: String, _ option: String) throws -> Date {
    if let time = try? Date(text, strategy: .iso8601WithMilliseconds) { return time }
    if let time = try? Date(text, strategy: .iso8601) { return time }
    if text.utf8.count == 10, let day = try? Date("\(text)T00:00:00Z", strategy: .iso8601) { return day }
    throw ValidationError("\(option) is no time: '\(text)' is neither 2026-03-01T10:00:00Z nor 2026-03-01")
  }
}
