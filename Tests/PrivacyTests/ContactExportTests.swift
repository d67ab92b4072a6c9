import JSON
import Privacy
import Testing

struct ContactExportTests {
  @Test func aPageShowsWhatNestsAsDeepAsAnEventMay() throws {
    let (openers, closers) = (
      String(repeating: "[", count: JSON.maximumDepth), String(repeating: "]", count: JSON.maximumDepth)
    )
    let deep = "\(openers)1\(closers)"
    let page = try ContactExport.page(
      Array(#"{"contact":"c","events":[{"type":"tool.called","private":\#(deep)}]}"#.utf8))
    #expect(page.contains(deep))
  }
}
