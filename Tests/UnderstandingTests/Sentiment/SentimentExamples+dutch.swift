extension SentimentExamples {
  static let dutch = SentimentExamples(
    angry: """
      Dit is een schande, ik wacht al drie weken!
      JULLIE ZIJN OPLICHTERS, IK WIL MIJN GELD TERUG!!!
      Pure oplichting, ik doe aangifte
      Waardeloze service, de slechtste die ik ooit heb gehad
      Ik ben woedend, dit is onacceptabel
      Belachelijk! Niemand neemt op en jullie hebben twee keer afgeschreven
      Wat een rotbedrijf, nooit meer
      Ik ben het spuugzat, jullie zijn leugenaars
      Schandalig slecht, ik schakel mijn advocaat in
      Bedankt voor niets, stelletje prutsers
      wat een kutservice dit slaat nergens op
      Ik ben HEEL boos, dit is diefstal 😡
      Ik bel nu al twee maanden en niemand doet iets, ik ga naar de politie. Dit is gewoon diefstal
      Jullie hebben 200 euro van me gestolen, stelletje criminelen
      Ze hebben gewoon opgehangen, wat een schandalige manier van doen!!
      Nu ben ik het echt zat, ik wil VANDAAG mijn geld terug
      Slechte service, nooit meer bestel ik hier iets!
      Dit is te gek voor woorden, schaam jullie
      Vier uur aan de telefoon om te horen dat ik morgen moet terugbellen, is dit een grap?
      Ik zeg op, ik ben klaar met jullie leugens!
      Vlucht geannuleerd zonder bericht en geen enkele hulp, een schandelijke maatschappij
      Jullie bank is incompetent, mijn rekening is leeggehaald en niemand doet iets
      Dit is de derde keer, stelletje idioten
      """,
    negative: """
      Het product is kapot aangekomen
      Ik ben teleurgesteld in de kwaliteit
      Mijn bestelling is alweer vertraagd
      De app werkt niet meer sinds gisteren
      Ik ben niet tevreden met het antwoord
      Ik heb mijn geld nog steeds niet ontvangen
      Het product is mooi maar de levering was erg traag
      Bedankt voor het antwoord, maar het probleem is niet opgelost
      Er ontbreken twee artikelen in mijn pakket
      Dit bevalt me niet
      helaas is de maat verkeerd
      Het scherm is beschadigd 😕
      De broek valt te klein en de stof is van slechte kwaliteit
      Er is twee keer afgeschreven voor dezelfde bestelling
      Niemand heeft me teruggebeld
      De doos was open en er ontbrak een oplader
      De kortingscode werkt niet
      Het is veel te duur voor wat je krijgt
      Ik zit sinds gisteravond zonder internet
      De medewerker kon mijn vraag niet beantwoorden
      Ik ben een beetje teleurgesteld in het hotel
      De factuur is hoger dan verwacht
      """,
    neutral: """
      Waar is mijn bestelling?
      Wanneer komt mijn pakket aan?
      Goedemorgen, hoe kan ik mijn adres wijzigen?
      Ik heb maandag twee stoelen besteld
      Kan ik op rekening betalen?
      Hoe lang duurt de levering naar België?
      Ik zou graag willen weten of dit artikel er ook in blauw is
      Mijn bestelnummer is 45871
      Hoe kan ik een artikel retourneren?
      Ja, dat is het adres
      Goede middag, hoe laat gaat de winkel open?
      Ik moet de datum van de afspraak wijzigen
      Hallo, ik wil mijn bestelling 7781 annuleren
      Welke documenten heb ik nodig om een rekening te openen?
      Is de winkel in Utrecht zondag open?
      In de bijlage vindt u de factuur
      Hebben jullie dit model in maat 42?
      Hoe kan ik mijn geld terugkrijgen?
      Ik wil mijn abonnement aan het eind van de maand opzeggen
      Kan ik na het boeken nog een koffer toevoegen?
      Mijn afspraak is om 14 uur, moet ik mijn zorgpas meenemen?
      Hoi, ik kan niet vinden waar ik mijn factuur kan downloaden, hebben jullie de link?
      """,
    positive: """
      Heel erg bedankt voor de hulp!
      Geweldige service, een aanrader
      Perfect, het werkt nu 👍
      Niet slecht, ik ben blij
      Ik ben zeer tevreden met mijn aankoop
      Jullie zijn de beste, dank je wel
      Snelle levering en goede kwaliteit, top
      Het duurde even maar het product is prachtig
      Geen probleem, alles is goed aangekomen, dank u
      Vriendelijk geholpen, helemaal blij
      super bedankt voor de snelle reactie
      Ik vind het fantastisch, precies wat ik wilde
      Top, bedankt voor het snelle antwoord
      Alles is geregeld, jullie hebben me enorm geholpen
      Complimenten aan het team voor de professionele aanpak
      De bank is in het echt nog mooier, we zijn er erg blij mee
      Alles in orde, ik bestel hier zeker weer
      Wat fijn, binnen een dag geleverd
      De monteur was zeer deskundig, dank aan hem
      Een onvergetelijk verblijf, we komen terug
      Jullie hebben mijn leven gered, bedankt!!
      De app is heel goed gemaakt
      """)
}
