import Testing

@testable import Understanding

@Suite struct PersonRequestTests {
  static let requests = [
    "I want to talk to a human", "Can I speak to someone please?", "speak with a real person", "agent",
    "Human please!", "Let me talk to a customer service representative", "connect me with an agent",
    "Can I not talk to a person?", "Why can't I speak to a human?", "I need a human",
    "get me a real person now",
    "This bot is useless. Put me through to your support team", "No, I want to speak to an agent",
    "I don't want a bot, I want to talk to a human being", "I don't want to chat with a bot but with a human",
    "Where is my order? And could you transfer me to an operator?", "live agent",
    "Kann ich MIT EINEM MITARBEITER sprechen?", "Ich möchte mit einem echten Menschen sprechen",
    "Verbinden Sie mich bitte mit einem Kundenberater", "Ich will mit jemandem über meine Rechnung reden",
    "Mitarbeiter bitte", "Ich brauche einen Menschen", "Kann ich nicht mit einem Menschen sprechen?",
    "Nicht mit einem Bot reden, sondern mit einem Menschen", "Kann ich einen Mitarbeiter sprechen",
    "Je voudrais parler à un conseiller", "Puis-je parler à quelqu'un ?", "Passez-moi un humain",
    "Mettez-moi en relation avec un agent", "un vrai humain s'il vous plaît",
    "Quiero hablar con una persona", "¿Puedo hablar con un agente?", "Necesito un humano",
    "Páseme con un operador",
    "¿No puedo hablar con alguien?",
    "Vorrei parlare con un operatore", "Posso parlare con qualcuno?", "Voglio un operatore umano",
    "operatore",
    "Quero falar com um atendente", "Posso falar com uma pessoa?", "Preciso de um humano",
    "atendente por favor",
    "Ik wil met een medewerker spreken", "Kan ik iemand spreken? Ik bedoel: met een mens praten",
    "No I want to speak to an agent", "no i need a human",
    "this doesn't help I want to speak to a human", "This is not helping me at all can I speak to an agent",
    "I don't want to talk to a bot I want to talk to a human", "I want to be connected to an agent",
    "I want to be transferred to an agent", "I would prefer talking to a human",
    "Is there a live agent available?", "Is there a real person I could write to?",
    "Das hilft mir nicht ich möchte mit einem Mitarbeiter sprechen",
    "Das hilft mir nicht daher möchte ich mit einem Mitarbeiter sprechen",
    "no entiendo quiero hablar con alguien", "je ne comprends pas je veux parler à un conseiller",
    "non capisco vorrei parlare con un operatore", "não entendi quero falar com um atendente",
    "Dat helpt niet ik wil een medewerker spreken",
    "I don't know what to do I need a human", "it does not do what it should do I need an agent",
    "this does not work connect me to an agent", "you are not helping let me speak to a human",
    "not working please transfer me to a human", "I don't want to talk to you I want a human",
    "this is not working give me an agent", "I do not know who to talk to I need a human",
    "Ich möchte mit einem Mitarbeiter sprechen ich komme nicht weiter",
    "ich will einen menschen sprechen das funktioniert nicht",
    "Ich möchte mit einem Menschen sprechen ich will nicht mehr warten",
    "Ik wil een medewerker spreken ik kom er niet uit",
    "I never got an answer, please connect me to a person",
    "I never got an answer please connect me to a person", "never mind please connect me to a person",
    "no please connect me to a person", "if not please connect me to a person",
    "it never works please let me talk to a human",
    "Ich bekomme nie eine Antwort bitte verbinden Sie mich mit einem Mitarbeiter",
    "Das geht nicht bitte verbinde mich mit einem Menschen",
    "je n'ai jamais eu de réponse s'il vous plaît passez-moi un conseiller",
    "nunca me contestan por favor páseme con un agente", "no por favor páseme con un agente",
    "non ho mai avuto risposta per favore passatemi un operatore",
    "nunca me responderam por favor transfira para um atendente",
    "ik krijg nooit antwoord alsjeblieft verbind me met een medewerker",
    "Verbind me door met een medewerker", "medewerker graag", "我要转人工", "Хочу поговорить с оператором",
  ]

  static let others = [
    "", "personal data", "the real personality", "I don't want to talk to a human", "I do not need an agent",
    "There is no need to speak to a person", "I spoke with an agent yesterday and he was kind",
    "Your page says \"talk to a human\" but I see no button",
    "> I want to talk to a human\nThat is solved, thanks.",
    "How much is a ticket for one person?", "I would like a room for a person", "I am a travel agent",
    "I need a real estate agent in Berlin", "Are you a human?", "Which user agent do you support?",
    "rather than talking to a human I use the app", "I can manage without calling an operator",
    "Please contact me by mail", "I will call you", "Can I talk about the price per person?",
    "Ich möchte nicht mit einem Menschen sprechen", "Ich brauche keinen Mitarbeiter",
    "Ich habe gestern mit einem Mitarbeiter gesprochen", "Mit einem Mitarbeiter sprechen will ich nicht",
    "Auf der Seite steht „mit einem Menschen sprechen“",
    "Wie viele Mitarbeiter haben Sie in Ihrem Unternehmen?",
    "Ein Zimmer für eine Person", "Je ne veux pas parler à un conseiller", "J'ai parlé à un agent hier",
    "Une table pour deux personnes", "No quiero hablar con una persona", "Hablé con un agente ayer",
    "Sin hablar con un agente", "Non voglio parlare con un operatore", "Ho parlato con un operatore",
    "Não quero falar com um atendente", "Falei com um atendente ontem",
    "Ik wil niet met een medewerker praten",
    "I need to talk to my manager first", "I don't think I need an agent",
    "I do not think that I need an agent",
    "No we do not need to speak to an agent", "Niemals möchte ich mit einem Mitarbeiter sprechen",
    "Ich glaube nicht dass ich mit einem Mitarbeiter sprechen muss",
    "No creo que necesito hablar con un agente",
    "Não é preciso falar com um atendente", "Je ne pense pas que je veux parler à un conseiller",
    "It works nor do I need an agent", "This is not what I asked nor do I need an agent",
    "I do not want you to get me an agent", "I don't need you to connect me to an agent",
    "do not connect me to an agent", "never ever transfer me to an agent", "don't let me talk to a human",
    "I do not want to talk to an agent please", "Einen Menschen brauche ich nicht",
    "Mit einem Mitarbeiter sprechen muss ich nicht", "Ich brauche einen Mitarbeiter jetzt nicht",
    "Mit einem Menschen sprechen das will ich nicht", "Met een medewerker spreken dat wil ik niet",
    "Ich möchte mit einem Menschen darüber nicht sprechen", "Ik wil met een medewerker niet spreken",
    "never please connect me to a person", "please never ever please connect me to an agent",
    "do not please connect me to an agent", "don't please let me talk to a human",
    "you must never please transfer me to a person",
    "Niemals bitte verbinden Sie mich mit einem Mitarbeiter",
    "Ich möchte nicht mit einem Mitarbeiter bitte verbunden werden",
    "jamais s'il vous plaît passez-moi un conseiller",
    "je ne veux pas s'il vous plaît parler à un conseiller", "nunca por favor páseme con un agente",
    "no quiero por favor hablar con un agente", "mai per favore passatemi un operatore",
    "não me transfira por favor para um atendente", "nunca por favor transfira para um atendente",
    "nooit alsjeblieft verbind me met een medewerker",
    "Ik heb geen medewerker nodig", "Ik heb gisteren een medewerker gesproken over dit",
  ]

  @Test(arguments: requests) func whoAsksForAPersonIsUnderstood(text: String) {
    #expect(PersonRequest.stands(in: text))
  }

  @Test(arguments: others) func whatIsDeniedQuotedOrAboutSomethingElseAsksForNobody(text: String) {
    #expect(!PersonRequest.stands(in: text))
  }
}

@Suite struct SmallTalkTests {
  @Test(arguments: [
    "Hi", "Hello there!", "Good morning, how are you?", "Thank you very much 🙏", "👍", "ok", "Thanks, bye!",
    "Guten Tag", "Vielen Dank für Ihre Hilfe, schönen Tag noch!", "Tschüss", "Bonjour, ça va ?",
    "Merci beaucoup",
    "D'accord, au revoir", "¡Hola! ¿Qué tal?", "Muchas gracias", "Buongiorno", "Grazie mille, arrivederci",
    "Olá, tudo bem?",
    "Muito obrigado", "Hoi", "Dank je wel, tot ziens", "Thanks, that helped!",
    "Thank you so much, that was very helpful",
    "Great, thanks for the quick reply", "Danke, das hat geholfen", "Merci, ça m'a vraiment aidé",
    "Gracias, me ha ayudado mucho",
    "Dziękuję bardzo!", "Спасибо", "Дякую!", "İyi günler", "Teşekkürler", "Tack så mycket", "Mange tak",
    "Hei",
    "Děkuji", "Kiitos", "شكرا", "你好！谢谢", "ありがとうございます", "감사합니다",
  ])
  func greetingsThanksAndGoodbyesAreSmallTalk(text: String) { #expect(SmallTalk.isAll(text)) }

  @Test(arguments: [
    "", "  ", "Hi, where is my order?", "Thanks, and how long do refunds take?", "Good morning refunds",
    "refund",
    "Hallo, ich möchte etwas zurückgeben", "Thank you for nothing, I want my money", "no refund",
    "Merci de rembourser",
    "ok but why", "\"hello\"", "> where is my order?", "Thanks\n> Where is my order?", "Thanks\r\n> Where?",
    "`Where is my order?`", "‘Where is my order’", "«Where is my order»", "»Where is my order«",
    "‹Where is my order›", "「注文」", "Thanks, was it helpful?", "Yes, it was", "Thanks, that was not helpful",
    "Hi Ada", "Hi" + String(repeating: " ", count: 5_000) + "Where is my order?",
  ])
  func whatAsksOrSaysMoreIsNot(text: String) { #expect(!SmallTalk.isAll(text)) }

  @Test(arguments: [
    ("Yes please", true), ("yes", true), ("???", true), ("؟", true), ("Hi, help me please", true),
    ("Ja, danke", true), ("Oui !", true), ("Sí, gracias", true), ("Thanks for your help", false),
    ("Thanks, that helped!", false), ("ok", false), ("👍", false), ("!", false), ("Hi! How are you?", false),
  ])
  func whatAssentsOrPleadsWantsSomething(text: String, isSo: Bool) {
    #expect(SmallTalk.isAll(text) && SmallTalk.wants(text) == isSo)
  }

  @Test(arguments: [
    ("Hello! How can I help you?", true), ("Which order do you mean?", true), ("You're welcome. Bye!", true),
    ("Gerne! Welche Bestellung meinen Sie?", true), ("Refunds take 90 days. Is that fine?", false),
    ("Certainly you may.", false), ("", false), ("Is it this? It is free.", false),
    ("Glad it helped!", true), ("Hi Ada! How can I help?", true), ("Hallo Ada, freut mich!", true),
    ("Hi FREE", false), ("Hi Ada refunds", false), ("> Refunds take 90 days", false),
    ("`Refunds take 90 days`", false), ("‘Refunds take 90 days’", false), ("»Refunds take 90 days«", false),
    ("「返金は90日」", false), ("Yes, it was.", false),
    ("Yes.", false), ("No, sorry.", false), ("Ja.", false), ("Happy to help: yes, it was.", false),
    ("Sí.", false), ("Genau!", false), ("Which order? Nee.", false), ("No problem!", true),
    ("No worries, have a nice day!", true), ("Kein Problem.", true),
  ])
  func anAnswerThatOnlyAsksBackStatesNothing(text: String, isSo: Bool) {
    #expect(SmallTalk.statesNothing(text) == isSo)
  }
}
