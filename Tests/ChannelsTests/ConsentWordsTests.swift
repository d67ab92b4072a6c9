import Channels
import Contracts
import Testing

@Suite struct ConsentWordsTests {
  @Test(arguments: [
    "STOP", "stop", " Stop. ", "*unsubscribe*", "Stop\n all", "STOPP", "Arrêt", "arrêter", "стоп", "/stop",
  ])
  func thisEndsIt(text: String) { #expect(ConsentWords.state(of: text) == .optedOut) }

  @Test(arguments: ["START", "/start", "unstop", "Opt in!"])
  func thisBeginsItAgain(text: String) { #expect(ConsentWords.state(of: text) == .optedIn) }

  @Test(arguments: [
    nil, "", "please stop", "stop it", "Can I cancel?", "cancel", "end", "yes", "stopstop", "🛑",
    String(repeating: "stop ", count: 100),
  ])
  func thisIsAMessageLikeAnother(text: String?) { #expect(ConsentWords.state(of: text) == nil) }
}
