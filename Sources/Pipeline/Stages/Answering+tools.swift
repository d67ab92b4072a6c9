import Contracts
import Foundation
import JSON
import Models

/// The tools that a model calls while it answers, one after the other.
///
/// A call that only reads is repeatable: after a crash it may be made once more. A call that changes something is
/// made at most once: its intent is on disk before, and when the process dies before its outcome is, it counts as
/// `uncertain`, the model is told so, and a person gets the conversation. It carries an `Idempotency-Key` that follows
/// from the reply, the call's number and its arguments, so that a server that knows such keys does even a call that
/// the model repeats only once.
extension Answering {
  /// Of one answer.
  static let maximumFiles = 5

  /// The model wants these; nothing is called yet.
  mutating func queue(_ calls: [ToolCall], said text: String, _ agent: Agent) throws {
    guard var generation = state.generation else { return }
    var transcript = try generation.transcript(agent.key)
    transcript.messages.append(ChatMessage(role: .assistant, content: text, toolCalls: calls))
    transcript.queue = calls
    try generation.keep(transcript, agent.key)
    state.generation = generation
  }

  /// Takes on the calls that are queued, up to the first one that leaves the system. Nil when none is left.
  mutating func callTool(_ agent: Agent, _ workspace: GenerateWorkspace) throws -> Wait? {
    guard var generation = state.generation, generation.transcript != nil else { return nil }
    var transcript = try generation.transcript(agent.key)
    let toolbox = Toolbox(agent.definition.tools, secrets: agent.secrets)
    while let call = transcript.queue.first {
      let prepared: Toolbox.Prepared =
        generation.toolCalls < agent.toolLimit
        ? toolbox.prepare(call) : .refused(reason: "limit", words: "No more tools may be called.")
      switch prepared {
      case .refused(let reason, let words):
        try tell(words, of: call, "refused", reason, agent, &generation, &transcript)
      case .close:
        generation.closes = true
        try tell(
          "The conversation will be closed after your answer.", of: call, "succeeded", nil, agent,
          &generation,
          &transcript)
      case .handOver:
        try tell("A person takes over.", of: call, "succeeded", nil, agent, &generation, &transcript)
        try generation.keep(transcript, agent.key)
        state.generation = generation
        return try handOver(transcript, generation, agent, workspace)
      case .offer(let choices):
        transcript.choices = choices
        try tell(
          "The options will be shown below your answer.", of: call, "succeeded", nil, agent, &generation,
          &transcript)
      case .pass(let location):
        transcript.location = location
        try tell(
          "The place will be sent with your answer.", of: call, "succeeded", nil, agent, &generation,
          &transcript)
      case .introduce(let cards):
        transcript.contacts = cards
        try tell(
          "The address cards will be sent with your answer.", of: call, "succeeded", nil, agent, &generation,
          &transcript)
      case .request(var request):
        let ordinal = generation.toolCalls + 1
        if toolbox[call.name]?.kind == "file" {
          guard transcript.files?.count ?? 0 < Self.maximumFiles else {
            try tell(
              "No more files can be sent.", of: call, "refused", "limit", agent, &generation, &transcript)
            continue
          }
          request.file = ToolFile.Place(
            attachment: AttachmentID(UUID.version5(of: "file/\(ordinal)", in: reply.message.uuid)),
            tenant: record.event.tenant)
        }
        if request.changes {
          generation.hasChanged = true
          let key = UUID.version5(of: "\(ordinal) \(call.name) \(call.arguments)", in: reply.message.uuid)
          request.headers.append(ToolHeader(name: "Idempotency-Key", value: key.uuidString.lowercased()))
        }
        try generation.keep(transcript, agent.key)
        state.generation = generation
        return .effect(
          GenerateEffect(
            conversation: agent.facts.conversation, reply: reply.message, call: .tool(request),
            key: agent.key,
            isShown: false, typing: nil))
      }
    }
    try generation.keep(transcript, agent.key)
    state.generation = generation
    return nil
  }

  /// What came of the call that was made.
  mutating func noteCall(_ outcome: ToolOutcome, _ agent: Agent) throws {
    guard var generation = state.generation else { return }
    var transcript = try generation.transcript(agent.key)
    guard let call = transcript.queue.first else { return }
    let text = try outcome.sealed.map {
      try JSON.decode(ToolOutcome.Text.self, from: JWE.open($0, with: agent.key)).text
    }
    if outcome.outcome == "uncertain" { generation.handsOver = "tool-uncertain" }
    if outcome.isAnswer { generation.hasToolResult = true }
    if outcome.outcome == "succeeded", let file = outcome.file {
      transcript.files = (transcript.files ?? []) + [file]
    }
    try tell(
      outcome.words(text ?? ""), of: call, outcome.outcome, outcome.reason, agent, &generation, &transcript,
      status: outcome.status,
      milliseconds: outcome.milliseconds)
    try generation.keep(transcript, agent.key)
    state.generation = generation
  }

  /// Answers the first call of the queue, and records it.
  private mutating func tell(
    _ words: String, of call: ToolCall, _ outcome: String, _ reason: String?, _ agent: Agent,
    _ generation: inout Generation, _ transcript: inout Generation.Transcript, status: Int? = nil,
    milliseconds: Double = 0
  ) throws {
    transcript.queue.removeFirst()
    let said = transcript.messages.last.flatMap { $0.role == .assistant ? $0.content : nil }
    let turn = transcript.messages.count { $0.role == .assistant }
    transcript.messages.append(ChatMessage(role: .tool, content: words, toolCallID: call.id))
    generation.toolCalls += 1
    let tool = agent.definition.tools?.first { $0.name == call.name }
    events.append(
      try record.makes(
        ToolCalled.self, by: stage, step: "\(generation.toolCalls)", key: record.event.key,
        facts: ToolCalled.Facts(
          conversation: agent.facts.conversation, message: reply.message, agent: agent.id,
          agentVersion: agent.version, ordinal: generation.toolCalls, tool: call.name,
          kind: tool?.kind ?? "unknown", changes: tool?.makesChanges ?? false, outcome: outcome,
          reason: reason,
          status: status, milliseconds: milliseconds, bytes: words.utf8.count, known: context.directory.known,
          turn: turn),
        private: ToolCalled.Private(
          callID: call.id, arguments: call.arguments.replacing("\0", with: "\u{FFFD}"), result: words,
          said: said.flatMap { $0.isEmpty ? nil : $0.replacing("\0", with: "\u{FFFD}") }),
        sealedWith: agent.key, at: context.now))
  }

  /// The model gives the conversation to a person. What it said with that is what the contact reads, if it may be said;
  /// the person comes in any case.
  private mutating func handOver(
    _ transcript: Generation.Transcript, _ generation: Generation, _ agent: Agent,
    _ workspace: GenerateWorkspace
  ) throws -> Wait {
    let said = transcript.messages.last { $0.role == .assistant }?.content ?? ""
    let checked = checked(said, generation, agent)
    var making = ReplyMaker.Making(kind: .handover)
    making.generation = generation
    making.currency = models.currency
    making.citationsRemoved = checked.removed == 0 ? nil : checked.removed
    let withheld = try grounding(generation, agent, workspace).withheld(checked)
    if let withheld {
      // Who says nothing beside the call has nothing withheld.
      making.withheld = withheld == .empty ? nil : withheld
      try say(agent.definition.texts?.handover ?? agent.definition.fallback, making, agent)
    } else {
      making.citations = checked.citations.isEmpty ? nil : checked.citations
      try say(shown(checked, agent, workspace), making, agent)
    }
    try handOver("tool")
    return .nothing
  }
}
