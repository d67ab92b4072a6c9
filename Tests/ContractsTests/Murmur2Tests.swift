import Contracts
import Testing

@Suite struct Murmur2Tests {
  /// From the tests of Kafka's own client (UtilsTest.testMurmur2).
  @Test(
    arguments: [
      ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
      ("a-little-bit-longer-string", -1_486_304_829),
      ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
    ] as [(String, Int32)]
  )
  func theHashIsKafkas(text: String, expected: Int32) {
    #expect(Int32(bitPattern: murmur2(Array(text.utf8))) == expected)
  }

  @Test func theSignOfTheHashIsDroppedBeforeThePartitionIsTaken() {
    #expect(StreamID("21").partition(of: 12) == Partition((-973_932_308 & 0x7FFF_FFFF) % 12))
    #expect(StreamID("abc").partition(of: 7) == Partition(479_470_107 % 7))
  }

  @Test func everyKeyHasAPartitionOfThoseThereAre() {
    for count in [1, 2, 3, 12, 1_000] {
      for key in 0..<200 {
        #expect((0..<Int32(count)).contains(StreamID("key \(key)").partition(of: count).rawValue))
      }
    }
  }
}
