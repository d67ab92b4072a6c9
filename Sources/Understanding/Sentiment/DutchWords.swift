extension Tongue {
  static let dutch = Tongue(
    lines: """
      -3.4 oplicht* opgelicht* afzetter* bedrog* bedrieg* zwendel* klootzak* kankerzooi kankerbedrijf crimine* tering*
      -3.4 pislink spuugzat hufter*
      -3.0 schand* onacceptab* onaanvaard* ontoelaatb* walgelijk* woedend* woest razend waardelo* slechtste leugen* liegen
      -3.0 liegt gelogen kut kutservice kutbedrijf kutzooi kutwinkel kutsite kutapp klote kloteservice klotebedrijf klotezooi
      -3.0 onbeschoft* godver* slaat_nergens_op ben_het_zat het_echt_zat helemaal_zat meer_dan_zat boos boze schaam_je
      -3.0 schaam_jullie te_gek_voor_woorden incompetent* idioot idiot* imbeciel* een_grap is_diefstal gewoon_diefstal
      -3.0 pure_diefstal
      -2.8 belachelijk* bespottelijk* ongehoord* verdomme verdomd* rotzooi rotbedrijf rotservice prutser* prutswerk
      -2.8 respectlo* fraude* haat geldklopperij
      -2.6 ergste kwaad kwade afschuwelijk* verschrikkelijk* vreselijk* rampzalig* ramp dramatisch* asociaal bagger* shit
      -2.6 shitservice shitzooi nooit_meer dief dieven
      -2.2 aangifte advocaat politie illegaal illegale rechtszaak misleid* hopelo* troep prut arrogant* amateur* drama
      -2.2 beroerd* ellend* brutaal onbetrouwb* onprofession* nuttelo* nep
      -2.0 teleurgesteld* teleurstel* slecht slechte ontevreden* onvriendelijk* onbeleefd* irritant* irriteer* geïrriteerd*
      -2.0 erger ergerlijk* frustr* gefrustreerd* wanhop* bedankt_voor_niets bedankt_voor_niks dank_voor_niets diefstal
      -2.0 gestolen
      -1.8 balen baal tegengevallen valt_tegen viel_tegen tegenvall* onbruikba*
      -1.6 triest* verdrietig* gedoe genegeerd negeren weiger* geweigerd vies vieze
      -1.4 kapot kapotte defect* beschadigd* gebroken gescheurd* is_stuk probleem problemen onmogelijk* onduidelijk* storing*
      -1.4 klacht* klaag klagen gebrek* mislukt* dubbel_afgeschreven
      -1.2 fout foute fouten verkeerd* vertraagd* vertraging* te_laat traag trage langzaam ontbre* ontbrak kwijt te_duur
      -1.2 ingewikkeld* jammer matig* onvolledig* onjuist* vastgelopen
      -1.0 wacht wachten gewacht moeilijk* geblokkeerd
      -0.9 helaas
      0 teruggebeld werkt werken aangekomen ontvangen geleverd opgelost beantwoord* antwoord* reageer* gereageerd reactie
      0 bereikba* gekregen terugbeta* klopt past normaal serieus bezorgd goede_morgen goede_middag goede_avond goeden_dag
      0 fijne_dag fijne_avond prettige_dag zo_snel_mogelijk met_vriendelijke_groet* lost lossen
      0.7 ok oké
      1.2 in_orde goed goede goeie snel geholpen makkelijk* goedkoop bevalt
      1.4 snelle handig* merci
      1.6 fijn fijne mooi mooie leuk leuke aardig* vriendelijk* vlot vlotte netjes gelukkig waardeer* aanbevel* soepel
      1.8 bedankt dank dankjewel dankuwel thanks thx tevreden lief lieve behulpza* prima keurig* betrouwba* lekker*
      2.2 blij blije dankba* top toppie super heerlijk* supersnel* hulde helden
      2.4 aanrader* de_beste compliment* enthousiast*
      2.8 perfect* geweldig* fantastisch* uitstekend* uitmuntend* prachtig* schitterend* onvergetelijk*
      """,
    negations: "niet geen niemand nooit niets niks zonder nergens noch",
    lateNegations: "niet nooit",
    intensifiers: """
      heel erg zeer echt zo super ontzettend enorm totaal helemaal compleet volledig absoluut verschrikkelijk vreselijk bijzonder
      extreem hartstikke mega te
      """,
    turns: "maar echter")
}
