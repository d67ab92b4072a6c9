import Contracts
import Foundation
import Knowledge
import Postgres

/// Keeps the index: cuts documents into chunks when they are uploaded, and takes them out when they go.
package struct Index: Stage {
  package typealias State = NoState
  package typealias Effect = Never
  package typealias Outcome = Never

  package let name = StageName("index")
  package let topic = Topic.documents
  package let types: Set<EventType> = [DocumentUploaded.type, DocumentRemoved.type]
  package let effects = EffectPolicy.repeatable
  private let chunker = Chunker()

  package init() {}

  package func initialState() -> NoState { NoState() }

  package struct Workspace: Sendable {
    var chunks: [EventID: Result<[Chunk], StageError>] = [:]
    var changes: [Change] = []
  }

  struct Change: Sendable {
    let document: DocumentID
    let tenant: TenantID
    let title: String
    let language: String
    let chunks: [Chunk]
  }

  package func load(
    _ turns: [StageTurn<Never>], _ context: StageContext, in transaction: Transaction
  ) throws -> Workspace {
    var workspace = Workspace()
    for record in turns.lazy.flatMap(\.inputs) where record.event.type == DocumentUploaded.type {
      guard let facts = try? DocumentUploaded.read(record.event).facts else { continue }
      workspace.chunks[record.event.id] = try chunks(of: facts, in: transaction)
    }
    return workspace
  }

  package func decide(
    _ turn: StageTurn<Never>, state: inout NoState, workspace: inout Workspace, _ context: StageContext
  ) throws -> Decision<Never> {
    var decision = Decision<Never>(consumed: 0)
    for record in turn.inputs {
      if record.event.type == DocumentRemoved.type {
        let facts = try DocumentRemoved.read(record.event).facts
        workspace.changes.append(
          Change(
            document: facts.document, tenant: record.event.tenant, title: "", language: "simple",
            chunks: []))
      } else {
        let facts = try DocumentUploaded.read(record.event).facts
        switch workspace.chunks[record.event.id] {
        case .success(let chunks):
          workspace.changes.append(
            Change(
              document: facts.document, tenant: record.event.tenant, title: facts.title,
              language: facts.language, chunks: chunks))
          decision.outputs.append(
            try record.makes(
              DocumentIndexed.self, by: name, key: record.event.key,
              facts: .init(document: facts.document, chunks: chunks.count), at: context.now))
        case .failure(let error):
          decision.outputs.append(
            try record.makes(
              DocumentFailed.self, by: name, key: record.event.key,
              facts: .init(document: facts.document, reason: error.description), at: context.now))
        case nil: throw StageError.unprocessable("facts of the document cannot be read")
        }
      }
      decision.consumed += 1
    }
    return decision
  }

  package func save(_ workspace: Workspace, in transaction: Transaction) throws {
    for change in workspace.changes {
      try KnowledgeIndex.replace(
        document: change.document, of: change.tenant, title: change.title, language: change.language,
        with: change.chunks, in: transaction)
    }
  }

  private func chunks(
    of facts: DocumentUploaded.Facts, in transaction: Transaction
  ) throws -> Result<[Chunk], StageError> {
    guard ["text/plain", "text/markdown"].contains(facts.mediaType) else {
      return .failure(.unprocessable("media type \(facts.mediaType) is not text/plain or text/markdown"))
    }
    guard try KnowledgeIndex.hasLanguage(facts.language, in: transaction) else {
      return .failure(.unprocessable("language \(facts.language) is unknown"))
    }
    guard let hash = bytes(ofHexadecimal: facts.blob),
      let bytes = try BlobStore.get(hash: hash, in: transaction)
    else { return .failure(.unprocessable("blob \(facts.blob) is not in the store")) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return .failure(.unprocessable("text is not valid UTF-8"))
    }
    let chunks = chunker.chunks(of: text.replacing("\0", with: "\u{FFFD}"))
    return chunks.isEmpty ? .failure(.unprocessable("document holds no text")) : .success(chunks)
  }
}

func bytes(ofHexadecimal text: String) -> [UInt8]? {
  let digits = text.compactMap(\.hexDigitValue)
  guard digits.count == text.utf8.count, digits.count % 2 == 0 else { return nil }
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
