import Extraction
import Knowledge
import Testing

@Suite struct ChunkerTests {
  @Test func aChunkSaysWhichHeadingsItStandsUnder() {
    let chunks = Chunker.chunks(of: [
      Block(.heading, level: 1, "Returns", place: "p. 1"),
      Block(.paragraph, "Within 30 days.", place: "p. 1"),
      Block(.heading, level: 2, "Costs", place: "p. 2"), Block(.item, level: 1, "Free", place: "p. 3"),
      Block(.heading, level: 1, "Shipping", place: "p. 4"), Block(.paragraph, "Two days.", place: "p. 4"),
    ])
    #expect(
      chunks == [
        Chunk(heading: "Returns", place: "p. 1", text: "Within 30 days."),
        Chunk(heading: "Returns › Costs", place: "p. 3", text: "- Free"),
        Chunk(heading: "Shipping", place: "p. 4", text: "Two days."),
      ])
  }

  @Test func headingsThatNothingStandsUnderAreFoundByThemselves() {
    func heading(_ level: Int, _ text: String, _ page: Int) -> Block {
      Block(.heading, level: level, text, place: "p. \(page)")
    }
    let chunks = Chunker.chunks(of: [
      heading(1, "Closed on Mondays", 1), heading(1, "Returns", 2), heading(2, "No returns of food", 3),
      heading(2, "Costs", 4), Block(.paragraph, "Free.", place: "p. 4"), heading(1, "Contact", 5),
      heading(2, "By post alone", 6),
    ])
    #expect(
      chunks == [
        Chunk(heading: "", place: "p. 1", text: "Closed on Mondays"),
        Chunk(heading: "Returns", place: "p. 3", text: "No returns of food"),
        Chunk(heading: "Returns › Costs", place: "p. 4", text: "Free."),
        Chunk(heading: "", place: "p. 5", text: "Contact\nBy post alone"),
      ])
  }

  @Test func nothingIsLostAndNoChunkIsTooLarge() {
    let sentences = (1...300).map { "Sentence number \($0) says something." }
    let sizes = ChunkSizes(tokens: 60, overlap: 12)
    let chunks = Chunker.chunks(
      of: [Block(.paragraph, sentences.prefix(200).joined(separator: " "))]
        + sentences.dropFirst(200).map { Block(.paragraph, $0) }, sizes)
    let all = chunks.map(\.text).joined(separator: "\n")
    for sentence in sentences { #expect(all.contains(sentence)) }
    for chunk in chunks { #expect(TokenEstimate.count(chunk.text) <= sizes.tokens) }
  }

  @Test func neighboursThatOnlyTheirSizeDividedShareTheirEdge() throws {
    let text = (1...40).map { "Fact \($0) holds." }.joined(separator: " ")
    let chunks = Chunker.chunks(of: [Block(.paragraph, text)], ChunkSizes(tokens: 50, overlap: 10))
    #expect(chunks.count > 2)
    for (one, next) in zip(chunks, chunks.dropFirst()) {
      let last = try #require(one.text.split(separator: ". ").last)
      #expect(next.text.contains(last.prefix(12)))
    }
  }

  @Test func aWordWithoutEndIsCut() {
    let chunks = Chunker.chunks(
      of: [Block(.paragraph, String(repeating: "x", count: 10_000))], ChunkSizes(tokens: 50, overlap: 10))
    #expect(chunks.map(\.text.count).reduce(0, +) >= 10_000)
    for chunk in chunks { #expect(TokenEstimate.count(chunk.text) <= 50) }
  }
}
