extension Tongue {
  static let french = Tongue(
    lines: """
      -3.4 arnaqu* escroc* escroqu* voleur* voleuse* connard* connass* salaud* enculé* merde merdes merdique* merdier putain
      -3.4 foutage charlatan*
      -3.0 honte honteu* scandal* inadmissible* inacceptable* intolérable* insupportable* ignoble* déplorable* lamentable*
      -3.0 furax pitoyable* catastroph* minable* exécrable* dégueul* dégoût* furieu* marre malhonnête* frauduleu* ras_le_bol
      -3.0 colère vous_foutez bandit* crapule* incompéten* mensong* menteur* menteuse* menti mentez mentent idiot* imbécile*
      -3.0 crétin* abruti* une_blague hors_de_moi j'en_ai_assez c'est_du_vol vous_nous_volez vous_me_volez infect infecte
      -3.0 c'est_n'importe_quoi
      -2.6 nul nulle nuls nulles horrible* affreu* épouvant* désastr* cauchemar* inqualifiable* abus abusé* abusif* abusiv*
      -2.6 ridicule* plainte* mépris* irrespect* insult* pourri* daube gueule fraude* tromperie* guignol* indigné* indigne*
      -2.6 fuir pire pires vous_moquez se_moquent se_moque plus_jamais fichez
      -2.4 ça_suffit
      -2.2 avocat* tribunal inutil* inutilisable* incapable* trompeu* navrant* agaç* énerv* fâché* excédé excédée rage
      -2.2 illégal* stupide*
      -2.0 déçu déçue déçus déçues déçoi* décept* décev* mécontent* insatisf* médiocre* désagréabl* impoli* agressif*
      -2.0 négligen* désolant* frustr* merci_pour_rien désespér* incompréhensible* perte_de_temps pas_sérieux peu_sérieux
      -1.6 va_pas mal mauvais* triste* pénible* refus* sale insuffisant* surfactur* injoignable* inexistant* bidon piège*
      -1.4 cassé cassée cassés cassées abîmé* endommag* défectu* défaillan* brisé brisée déchir* fissur* panne pannes bug
      -1.4 bugs bugge problème* litige* impossible* incorrect* échou* échec*
      -1.2 retard* lent lente lents lentes lenteur* erreur* souci* manqu* bloqu* dommage compliqu* incomplet* incomplèt* faux
      -1.2 fausse ignorez ignoré ignorée trop_cher trop_chère trop_élevé* regrett* contentieux abandonn* perdu perdue inquiet
      -1.2 inquiète inquiét*
      -1.0 attends attendons difficile*
      -0.9 malheureusement hélas
      0 marche marchent fonctionn* reçu reçue reçus reçues récupér* répon* rembours* livré* arriv* convien* correspond* plaît
      0 plait plaisent aide aides aident aidez aider aidé aidée aidés aidées rapide_possible rappelé rappelée normal*
      0 respect* joignable* sérieux sérieuse acceptable* bonne_journée bonne_soirée bonne_nuit bonne_réception bon_de
      0 bon_d'achat belle_journée s'il_vous_plaît s'il_te_plaît résol* résou*
      0.7 bien bon bonne bons bonnes ok
      1.4 meilleur meilleure succès merci mercis utile* rapide rapides rapidité facile conforme* pratique
      1.8 remerci* content* satisf* heureu* ravi ravie ravis ravies gentil* sympa* aimable* agréabl* efficac* joli jolie
      1.8 jolis jolies joliment aime aimé beau belle beaux belles appréci* recommande recommandons soigné* grande_aide
      1.8 bonne_surprise plaisir réactif* réactiv* serviable* cool reconnaissant*
      2.4 super génial* géniau* parfait* top nickel chouette* bravo félicit* meilleurs meilleures enchant* accueillant*
      2.4 délicieu* régal*
      2.8 excellent* magnifique* merveill* formidable* fantastique* extraordinaire* exceptionnel* impeccable* superbe*
      2.8 splendide* adore* jadore sublime* inoubliable*
      """,
    negations: "ne n pas jamais rien aucun aucune sans ni guère",
    lateNegations: "pas jamais",
    intensifiers: """
      très trop vraiment tellement si extrêmement totalement complètement absolument franchement carrément super hyper ultra
      particulièrement vachement archi bien
      """,
    turns: "mais cependant pourtant toutefois néanmoins", elides: true)
}
