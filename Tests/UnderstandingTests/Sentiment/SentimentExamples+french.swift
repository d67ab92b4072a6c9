extension SentimentExamples {
  static let french = SentimentExamples(
    angry: """
      C'est une honte, votre service client est lamentable !
      VOUS ÊTES DES VOLEURS, JE VEUX MON ARGENT !!!
      Arnaque totale, je vais porter plainte
      C'est inadmissible, ça fait trois semaines que j'attends et personne ne répond
      Vous vous moquez de moi ? C'est scandaleux !
      Bande d'escrocs, rendez-moi mon argent
      Service NUL, je suis furieuse
      Franchement j'en ai marre, c'est du foutage de gueule
      Le pire site que j'ai jamais utilisé, à fuir !!
      Merci pour rien, vous êtes des incompétents et des menteurs
      cest honteux jai ete debite deux fois et vous refusez de me rembourser !
      Je suis extrêmement déçu et en colère, c'est inacceptable
      Bonjour, ma commande devait arriver le 3 et toujours rien. Vous vous foutez du monde, remboursez-moi immédiatement !
      C'est du vol pur et simple, j'ai payé 200 euros pour rien
      Je n'ai jamais vu un service aussi mauvais, c'est la dernière fois que je commande chez vous !!!
      Ça suffit maintenant, je vais saisir un médiateur et laisser un avis sur internet
      Vous avez prélevé de l'argent sans mon accord, c'est illégal et je suis très en colère
      On me raccroche au nez, c'est n'importe quoi
      Quatre heures au téléphone pour qu'on me dise de rappeler demain, c'est une blague ?
      Je résilie, j'en ai assez de vos mensonges !
      Vol annulé sans prévenir, aucune assistance, une compagnie minable
      Votre banque est incompétente, on a vidé mon compte et personne ne bouge
      C'est la troisième fois, je suis hors de moi
      """,
    negative: """
      Je suis déçue de la qualité du produit
      Le colis est arrivé abîmé
      Ma livraison a encore du retard
      L'application ne marche plus depuis ce matin
      Je ne suis pas satisfait de la réponse
      Je n'ai toujours pas reçu mon remboursement
      Le produit est bien mais la livraison était très lente
      Merci pour votre réponse, mais le problème n'est pas résolu
      Il manque deux articles dans ma commande
      Ça ne fonctionne pas
      Malheureusement la taille ne convient pas
      L'écran est cassé 😕
      J'ai essayé trois fois de vous joindre sans succès
      La couleur ne correspond pas à la photo, c'est dommage
      Personne ne m'a rappelé hier
      Le colis est arrivé ouvert et il manque un chargeur
      Je trouve le prix trop élevé pour ce que c'est
      Le code promo ne fonctionne pas
      Internet est coupé depuis hier soir
      Le conseiller n'a pas su répondre à ma question
      Je suis un peu déçu par l'hôtel
      La facture est plus élevée que prévu
      """,
    neutral: """
      Où est ma commande ?
      Quand est-ce que mon colis arrive ?
      Bonjour, comment puis-je changer mon adresse de livraison ?
      J'ai commandé deux chaises lundi
      Quels sont les délais de livraison pour la Belgique ?
      Est-ce que je peux payer par virement ?
      Bonsoir, je voudrais savoir si cet article existe en bleu
      Mon numéro de commande est le 45871
      Comment faire pour retourner un article ?
      Oui, c'est bien cette adresse
      Livrez-vous aussi en Suisse ?
      Je souhaite modifier la date du rendez-vous
      Bonjour, je voudrais annuler ma commande 7781
      Quels documents faut-il pour ouvrir un compte ?
      Est-ce que le magasin de Lyon est ouvert dimanche ?
      Je vous envoie la facture en pièce jointe
      Avez-vous ce modèle en taille 42 ?
      Comment est-ce que je peux obtenir un remboursement ?
      Je voudrais résilier mon abonnement à la fin du mois
      Peut-on ajouter un bagage après la réservation ?
      Mon rendez-vous est à 14 h, est-ce que je dois apporter ma carte vitale ?
      Bonjour, je n'arrive pas à trouver où télécharger ma facture, pouvez-vous m'indiquer le lien ?
      """,
    positive: """
      Merci beaucoup pour votre aide !
      Super service, je recommande
      Parfait, ça marche maintenant 👍
      Pas mal du tout, je suis content
      Je suis très satisfaite de mon achat
      Vous êtes géniaux, merci mille fois
      Livraison rapide et produit de qualité, bravo
      La livraison était un peu longue mais le produit est magnifique
      Aucun problème, tout est bien arrivé, merci
      Je suis ravi, excellent accueil
      merci c'est tres gentil
      J'adore, c'est exactement ce que je voulais
      Super, merci pour votre réponse rapide
      Tout est réglé, vous avez été d'une grande aide
      Je tenais à féliciter votre équipe pour son professionnalisme
      Le canapé est encore plus beau en vrai, on est très contents
      Top, problème résolu en cinq minutes !
      Bonne surprise, je commanderai à nouveau chez vous
      La technicienne était très compétente, merci à elle
      Séjour inoubliable, on reviendra
      Vous m'avez sauvé la vie, merci !!
      L'application est très bien faite
      """)
}
