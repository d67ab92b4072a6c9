import Replay
import Testing

struct CitationsTests {
  @Test(arguments: [
    ("Thirty days [2], see [1, 3] and [2].", [2, 1, 3]), ("none", []), ("[x] [] [0] [-1] [1", []),
    ("a[1][2]b", [1, 2]),
    ("[99999]", []),
  ])
  func marksAreReadInOrderEachOnce(text: String, numbers: [Int]) {
    #expect(Citations.marks(in: text) == numbers)
  }
}
